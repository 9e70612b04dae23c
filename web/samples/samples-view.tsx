/**
 * Sample predictions: a few validation frames with their labels and what the weights of an epoch found in them, over all epochs. Watching
 * them tells what a loss does not: which keypoint is confused with which.
 */
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { ModelResource } from '../../src/contract/model.ts';
import type { Samples } from '../../src/contract/samples.ts';
import { type ModelStore, useModel } from '../api/model-store.ts';
import { kept } from '../frame/kept.ts';
import { failureNotice, Notices } from '../frame/notices.tsx';
import type { ViewProps } from '../frame/view.ts';
import { words } from '../language/language.ts';
import { isEnded } from '../language/state-words.ts';
import { shortUid, titleOf } from '../models/model-words.ts';
import { poseColours } from '../pose/draw-pose.ts';
import { ModelHead } from '../training/model-head.tsx';
import { useChosenEpoch } from './chosen-epoch.ts';
import type { Sample, Shown } from './draw-sample.ts';
import { EnlargedSample } from './enlarged-sample.tsx';
import { EpochControls } from './epoch-controls.tsx';
import { SampleFigure } from './sample-figure.tsx';
import { SampleLegend } from './sample-legend.tsx';
import './samples.css';
import { useSamples } from './samples-store.ts';

const t = words({
  en: {
    title: 'Sample predictions',
    text: 'Validation frames: the network does not learn from them.',
    failed: 'The samples are not up to date',
    soon: 'The frames are chosen once the dataset has been read. They will appear here by themselves.',
    noEpoch: 'No epoch has ended yet: these are the labels.',
    never: 'No epoch ended, so there is nothing to compare with the labels.',
    imported: 'This model was imported: its training is not known, so there are no sample frames.',
    older: 'There are no sample frames: the training was of before the service kept them, or ended before it began.',
  },
  ru: {
    title: 'Примеры предсказаний',
    text: 'Проверочные кадры: на них сеть не учится.',
    failed: 'Примеры устарели',
    soon: 'Кадры будут выбраны, когда исполнитель прочтёт данные, и появятся здесь сами.',
    noEpoch: 'Ни одна эпоха ещё не закончилась: пока видна только разметка.',
    never: 'Ни одна эпоха не закончилась, сравнить с разметкой нечего.',
    imported: 'Эта модель импортирована: её обучение неизвестно, поэтому примеров нет.',
    older: 'Примеров нет: служба тогда их ещё не хранила, или обучение закончилось, не начавшись.',
  },
});

const USUALLY_SHOWN: Shown = { truth: true, prediction: true, errors: false, names: false };
/** What the reader chose to see drawn. */
const shown = kept('samples-shown', readShown, JSON.stringify);

export function SamplesView({ parts: [uid = ''] }: ViewProps) {
  const word = t();
  const store = useModel(uid);
  const { samples, failure } = useSamples(uid, store);
  const model = store.model.value;
  const title = model ? titleOf(model) : shortUid(uid);
  useEffect(() => {
    document.title = `${word.title} · ${title} · SLEAP`;
  }, [word.title, title]);
  // What is wrong with the model itself is told above.
  const fault = store.failure.value === null ? failure.value : null;
  const held = samples.value;
  return (
    <div class="stack">
      <ModelHead uid={uid} />
      <section class="card stack samples">
        <header>
          <h2>{word.title}</h2>
          <span class="muted small">{word.text}</span>
        </header>
        <Notices notices={fault ? [failureNotice(word.failed, fault)] : []} />
        {held && model && held.frames.length === 0 && <p class="empty">{whyNone(model)}</p>}
        {held && model && held.frames.length > 0 && <Frames {...{ store, model, held, samples }} />}
      </section>
    </div>
  );
}

interface FramesProps {
  store: ModelStore;
  model: ModelResource;
  held: Samples;
  samples: ReturnType<typeof useSamples>['samples'];
}

function Frames({ store, model, held, samples }: FramesProps) {
  const word = t();
  const hidden = useSignal<ReadonlySet<number>>(new Set());
  const enlarged = useSignal<number | null>(null);
  const chosen = useChosenEpoch(samples);
  const { keypoints, edges, frames, epochs } = held;
  const colours = useMemo(() => poseColours(keypoints.length), [keypoints.length]);
  const place = chosen.place.value;
  const sampleOf = (at: number): Sample => ({
    ...{ keypoints, edges, colours, hidden: hidden.value },
    frame: frames[at]!,
    points: epochs[place]?.points[at] ?? [],
  });
  const isTraining = !isEnded(model.state);
  const controls = () => (
    <EpochControls {...{ chosen, epochs, rows: store.rows, bestEpoch: model.best_epoch, isTraining }} />
  );
  return (
    <>
      {epochs.length > 0 ? controls() : <p class="muted">{isTraining ? word.noEpoch : word.never}</p>}
      <SampleLegend {...{ shown, hidden, keypoints, colours }} />
      <div class="samples-frames">
        {frames.map((frame, at) => (
          <SampleFigure
            key={frame.picture_url}
            {...{ sample: sampleOf(at), at, samples: held, place, shown: shown.value }}
            onEnlarge={() => {
              enlarged.value = at;
            }}
          />
        ))}
      </div>
      <EnlargedSample
        sample={enlarged.value === null ? null : sampleOf(enlarged.value)}
        shown={shown.value}
        onClose={() => {
          enlarged.value = null;
        }}
      >
        {epochs.length > 0 && controls()}
      </EnlargedSample>
    </>
  );
}

function whyNone({ origin, state }: ModelResource): string {
  const word = t();
  if (origin === 'import') return word.imported;
  return isEnded(state) ? word.older : word.soon;
}

/** What was kept by this view or by something else. */
function readShown(text: string | null): Shown {
  try {
    return { ...USUALLY_SHOWN, ...JSON.parse(text ?? '{}') };
  } catch {
    return USUALLY_SHOWN;
  }
}
