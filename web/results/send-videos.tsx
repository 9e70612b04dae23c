/** Running a model on videos: which model, which files, how. Several files become an inference each. */
import { useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { models, modelsFailure, openModels } from '../api/models-store.ts';
import { failureNotice, Notices } from '../frame/notices.tsx';
import { go, hrefOf, route } from '../frame/routes.ts';
import { words } from '../language/language.ts';
import { titleOf } from '../models/model-words.ts';
import { useAgain } from './again.ts';
import { ChosenVideos } from './chosen-videos.tsx';
import { InferenceSettings } from './inference-settings.tsx';
import { type Chosen, forgetSent, type Sending, send } from './sending.ts';
import { inferenceText, readInferenceText } from './setting-values.ts';
import { VideoDrop } from './video-drop.tsx';

const t = words({
  en: {
    title: 'Run a model on a video',
    model: 'Model',
    choose: 'Choose a model',
    noList: 'The models cannot be listed',
    noModels: 'No model has weights yet.',
    train: 'Train one',
    more: 'More settings',
    run: 'Run',
    notAgain: 'That video cannot be taken again',
    needsModel: 'Choose a model first.',
    needsVideo: 'Choose a video.',
    needsSettings: 'Put right what is marked under More settings.',
  },
  ru: {
    title: 'Запустить модель на видео',
    model: 'Модель',
    choose: 'Выберите модель',
    noList: 'Список моделей не получен',
    noModels: 'Ни у одной модели ещё нет весов.',
    train: 'Обучить модель',
    more: 'Ещё настройки',
    run: 'Запустить',
    notAgain: 'Это видео нельзя взять снова',
    needsModel: 'Сначала выберите модель.',
    needsVideo: 'Выберите видео.',
    needsSettings: 'Исправьте отмеченное в настройках.',
  },
});

type Missing = 'needsModel' | 'needsVideo' | 'needsSettings';

interface SendVideosProps {
  /** Told of each inference that was queued. */
  onQueued: () => void;
}

export function SendVideos({ onQueued }: SendVideosProps) {
  const word = t();
  const asked = route.value.query.get('model');
  const modelUid = useSignal(asked ?? '');
  const chosen = useSignal<readonly Chosen[]>([]);
  const text = useSignal(inferenceText());
  const missing = useSignal<Missing | null>(null);
  const isOpen = useSignal(false);
  useEffect(openModels, []);
  useEffect(() => {
    if (asked !== null) modelUid.value = asked;
  }, [asked]);
  const againFailure = useAgain(({ inference, video }) => {
    [modelUid.value, chosen.value] = [inference.model_uid, [video]];
    text.value = inferenceText(inference.inference_config);
    isOpen.value = true;
  });
  const usable = useComputed(() =>
    [...(models.value?.values() ?? [])]
      .filter(model => model.has_weights && !model.currently_training)
      .sort((a, b) => b.created_at.localeCompare(a.created_at)),
  );
  // One that is asked for and still trains is chosen as soon as it can be.
  const isUsable = usable.value.some(model => model.model_uid === modelUid.value);
  const { config, faults } = readInferenceText(text.value);

  const start = (event: SubmitEvent) => {
    event.preventDefault();
    const files = chosen.value;
    missing.value = whatIsMissing(isUsable, files.length, faults.length);
    if (missing.value !== null) return;
    chosen.value = [];
    forgetSent();
    const order = { modelUid: modelUid.value, config };
    const isAlone = files.length === 1;
    for (const { name, bytes } of files) {
      const sending: Sending = send(name, bytes, order, id => {
        onQueued();
        if (isAlone && goToResult(id)) sending.remove();
      });
    }
  };
  const isWithoutModels = models.value !== null && usable.value.length === 0;
  return (
    <form class="card stack results-send" onSubmit={start} noValidate>
      <h2>{word.title}</h2>
      <Notices
        notices={[
          ...(againFailure.value ? [failureNotice(word.notAgain, againFailure.value)] : []),
          ...(modelsFailure.value ? [failureNotice(word.noList, modelsFailure.value)] : []),
        ]}
      />
      {isWithoutModels ? (
        <p class="muted">
          {word.noModels} <a href={hrefOf(['new'])}>{word.train}</a>
        </p>
      ) : (
        <>
          <label class="field">
            <span>{word.model}</span>
            <select
              value={isUsable ? modelUid.value : ''}
              aria-invalid={missing.value === 'needsModel' && !isUsable}
              onChange={event => {
                modelUid.value = event.currentTarget.value;
              }}
            >
              <option value="">{word.choose}</option>
              {usable.value.map(model => (
                <option key={model.model_uid} value={model.model_uid}>
                  {titleOf(model)}
                </option>
              ))}
            </select>
          </label>
          <VideoDrop
            onChoose={files => {
              chosen.value = [...chosen.value, ...files.map(file => ({ name: file.name, bytes: file }))];
            }}
          />
          <ChosenVideos
            chosen={chosen.value}
            onRemove={one => {
              chosen.value = chosen.value.filter(other => other !== one);
            }}
          />
          <details open={isOpen.value} onToggle={event => (isOpen.value = event.currentTarget.open)}>
            <summary>{word.more}</summary>
            <InferenceSettings
              {...{ text: text.value, faults }}
              onChange={changes => {
                text.value = { ...text.value, ...changes };
              }}
            />
          </details>
        </>
      )}
      {!isWithoutModels && (
        <div class="row">
          <button type="submit" class="primary">
            {word.run}
          </button>
          <span class="results-missing" role="status">
            {missing.value !== null && word[missing.value]}
          </span>
        </div>
      )}
    </form>
  );
}

function whatIsMissing(hasModel: boolean, files: number, faults: number): Missing | null {
  if (!hasModel) return 'needsModel';
  if (files === 0) return 'needsVideo';
  return faults > 0 ? 'needsSettings' : null;
}

/** Shows the result, unless the reader went elsewhere meanwhile. @returns whether he was taken there. */
function goToResult(resultsId: number): boolean {
  const { path } = route.peek();
  const isAtList = path.length === 1 && path[0] === 'results';
  if (isAtList) go(['results', resultsId]);
  return isAtList;
}
