/**
 * Everything that was found, as files: SLEAP's, DeepLabCut's, COCO, plain tables. While the inference runs a file holds what there is so
 * far, and says so. Beneath it the frames that are worth labelling next.
 */
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { SleapError } from '../../client/sleap-error.ts';
import type { InferenceResource } from '../../src/contract/inference-resource.ts';
import type { PredictionFileName, PredictionFiles } from '../../src/contract/prediction-files.ts';
import { requests, urlOf } from '../api/client.ts';
import { paced } from '../api/paced.ts';
import { CheckBox } from '../frame/check-box.tsx';
import { failureNotice, Notices } from '../frame/notices.tsx';
import { language, words } from '../language/language.ts';
import { formatBytes } from '../language/numbers.ts';
import { isEnded } from '../language/state-words.ts';
import { formatFramesDone } from './inference-words.ts';
import './exports.css';
import { Suggested } from './suggested.tsx';

const TITLES: { en: Record<PredictionFileName, string>; ru: Record<PredictionFileName, string> } = {
  en: {
    'predictions.csv': 'Table (CSV)',
    'predictions.slp': 'SLEAP project',
    'predictions.analysis.h5': 'SLEAP analysis (HDF5)',
    'predictions.dlc.csv': 'DeepLabCut (CSV)',
    'predictions.coco.json': 'COCO keypoints',
    'predictions.json': 'JSON',
    'predictions.ndjson': 'JSON lines',
  },
  ru: {
    'predictions.csv': 'Таблица (CSV)',
    'predictions.slp': 'Проект SLEAP',
    'predictions.analysis.h5': 'Анализ SLEAP (HDF5)',
    'predictions.dlc.csv': 'DeepLabCut (CSV)',
    'predictions.coco.json': 'Точки COCO',
    'predictions.json': 'JSON',
    'predictions.ndjson': 'JSON по строкам',
  },
};

/** In English the service's own sentences stand. */
const RUSSIAN: Record<PredictionFileName, string> = {
  'predictions.csv': 'Таблица анализа SLEAP: строка на каждый кадр, где что-то найдено.',
  'predictions.slp': 'Предсказанные позы для SLEAP: посмотреть и исправить.',
  'predictions.analysis.h5': 'Файл анализа SLEAP: траектории и оценки массивами, для MATLAB и Python.',
  'predictions.dlc.csv': 'Таблица DeepLabCut: x, y и правдоподобие каждого кадра.',
  'predictions.coco.json': 'Ключевые точки COCO: изображение на каждый кадр, аннотация на каждый найденный.',
  'predictions.json': 'Каждый кадр с временем, оценкой и точками; один объект JSON.',
  'predictions.ndjson': 'То же, по объекту на строку: для программ, которые читают по мере поступления.',
};

const t = words({
  en: {
    title: 'Download',
    titles: TITLES.en,
    nothing: 'Nothing has been predicted yet.',
    partial: 'partial',
    running: (frames: string) => `The video is still being predicted: the files hold what there is so far, ${frames}.`,
    broken: (frames: string) => `The inference ended before all was done: the files hold ${frames}.`,
    emptyFrames: 'CSV with a row for frames without a detection',
    failed: 'The files cannot be listed',
  },
  ru: {
    title: 'Скачать',
    titles: TITLES.ru,
    nothing: 'Ещё ни один кадр не обработан.',
    partial: 'часть',
    running: (frames: string) => `Видео ещё обрабатывается: в файлах то, что есть на данный момент, ${frames}.`,
    broken: (frames: string) => `Обработка прервалась: в файлах ${frames}.`,
    emptyFrames: 'CSV со строкой и для кадров, где ничего не найдено',
    failed: 'Список файлов не получен',
  },
});

const MOST_WANTED_FIRST = Object.keys(TITLES.en);
/** Sizes grow with every frame; they are asked for again at most so often. */
const ASK_AGAIN_MS = 3_000;

type File = PredictionFiles['files'][number];

export function Exports({ inference }: { inference: InferenceResource }) {
  const word = t();
  const { results_id: id, frames_stored: stored, state } = inference;
  const hasEnded = isEnded(state);
  const withEmpty = useSignal(false);
  const { files, failure } = useFiles(id, stored, hasEnded);
  const isPartial = state !== 'succeeded';
  const ordered = [...(files ?? [])].sort((a, b) => placeOf(a) - placeOf(b));
  return (
    <section class="card stack exports">
      <header>
        <h2>{word.title}</h2>
      </header>
      <Notices notices={failure ? [failureNotice(word.failed, failure)] : []} />
      {stored === 0 ? (
        <p class="muted">{word.nothing}</p>
      ) : (
        <>
          {isPartial && (
            <p class="exports-partial">{(hasEnded ? word.broken : word.running)(formatFramesDone(inference))}</p>
          )}
          <ul class="exports-files">
            {ordered.map(file => (
              <OneFile key={file.name} {...{ file, isPartial, withEmpty: withEmpty.value }} />
            ))}
          </ul>
          <CheckBox label={word.emptyFrames} of={withEmpty} />
          <Suggested inference={inference} />
        </>
      )}
    </section>
  );
}

function OneFile({ file, isPartial, withEmpty }: { file: File; isPartial: boolean; withEmpty: boolean }) {
  const word = t();
  const { name, url, size_bytes: bytes } = file;
  const isChanged = withEmpty && name === 'predictions.csv';
  const title = word.titles[name as PredictionFileName] ?? name;
  const described = language.value === 'ru' ? RUSSIAN[name as PredictionFileName] : undefined;
  return (
    <li>
      <a class="button" download href={urlOf(isChanged ? `${url}?empty_frames=true` : url)}>
        {title}
        {bytes !== null && !isChanged && <small class="muted"> {formatBytes(bytes)}</small>}
        {isPartial && <span class="exports-tag"> {word.partial}</span>}
      </a>
      <span class="small muted">{described ?? file.description}</span>
    </li>
  );
}

/** The list of files, asked for again as frames come and at the end. */
function useFiles(id: number, stored: number, hasEnded: boolean) {
  const files = useSignal<File[] | null>(null);
  const failure = useSignal<SleapError | null>(null);
  const { hear, close } = useMemo(() => {
    const ask = async (signal: AbortSignal) => {
      const answer = await requests.json<PredictionFiles>({ path: `/api/inferences/${id}/predictions`, signal });
      files.value = answer.files;
    };
    return paced({ leastMs: ASK_AGAIN_MS, ask, failure });
  }, [id]);
  useEffect(() => close, [close]);
  useEffect(() => {
    if (stored > 0) hear();
  }, [hear, stored, hasEnded]);
  return { files: files.value, failure: failure.value };
}

/** Formats that this page does not know come last. */
function placeOf({ name }: File): number {
  const place = MOST_WANTED_FIRST.indexOf(name);
  return place === -1 ? MOST_WANTED_FIRST.length : place;
}
