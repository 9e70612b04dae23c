/** The first step: load the model, after its size was told, and say on what it computes; later, change that. */
import { useSignal } from '@preact/signals';
import { failureNotice, type Notice, Notices } from '../frame/notices.tsx';
import { recall, remember } from '../frame/remembered.ts';
import { forms, words } from '../language/language.ts';
import { formatBytes, formatCount } from '../language/numbers.ts';
import type { BackendChoice, Device } from './engine-messages.ts';
import { LARGE_BYTES, type ModelOffer } from './model-download.ts';
import type { EngineState, Trial } from './trial.ts';

const KEPT_AS = 'try-backend';
const CHOICES = ['auto', 'webgpu', 'wasm'] as const satisfies BackendChoice[];

const t = words({
  en: {
    title: 'The model',
    load: (size: string) => `Load the model (${size})`,
    program: 'The first time, about 1.5 MB of program comes with it.',
    keypoints: (n: number) => `${formatCount(n)} ${forms(n, 'keypoint', 'keypoints')}`,
    gray: 'gray frames',
    colour: 'colour frames',
    trainedOn: (size: string) => `trained at ${size} px`,
    large: 'This is a large model: loading takes long, and a machine with little memory may refuse it.',
    computeOn: 'Compute on',
    choices: { auto: 'the best there is', webgpu: 'GPU (WebGPU)', wasm: 'CPU (WebAssembly)' },
    downloading: (done: string, total: string) => `Loading: ${done} of ${total}`,
    starting: 'Preparing the network…',
    onGpu: (name: string) => `Runs on the GPU (WebGPU): ${name}`,
    onCpu: 'Runs on the CPU (WebAssembly)',
    refusals: {
      'no-webgpu': 'This browser offers no WebGPU here; it needs a recent browser, and https or 127.0.0.1.',
      'no-adapter': 'The browser has WebGPU but gives no GPU.',
      'software-adapter': 'The browser only has a GPU played in software, which is slower than the CPU.',
    },
    failed: 'The model did not run',
    lost: 'The GPU was taken away',
    lostText: 'It was reset, or the system needed it. Start again, or go on with the CPU.',
    again: 'Start again',
    withoutGpu: 'Go on with the CPU',
  },
  ru: {
    title: 'Модель',
    load: (size: string) => `Загрузить модель (${size})`,
    program: 'В первый раз вместе с ней загрузится около 1,5 МБ программы.',
    keypoints: (n: number) => `${formatCount(n)} ${forms(n, 'ключевая точка', 'ключевые точки', 'ключевых точек')}`,
    gray: 'серые кадры',
    colour: 'цветные кадры',
    trainedOn: (size: string) => `обучена на ${size} пикс.`,
    large: 'Это большая модель: она загружается долго, и на компьютере, где мало памяти, может не запуститься.',
    computeOn: 'Считать на',
    choices: { auto: 'лучшем из доступного', webgpu: 'GPU (WebGPU)', wasm: 'процессоре (WebAssembly)' },
    downloading: (done: string, total: string) => `Загружается: ${done} из ${total}`,
    starting: 'Готовим сеть…',
    onGpu: (name: string) => `Работает на GPU (WebGPU): ${name}`,
    onCpu: 'Работает на процессоре (WebAssembly)',
    refusals: {
      'no-webgpu': 'В этом браузере здесь нет WebGPU: нужен свежий браузер и адрес https или 127.0.0.1.',
      'no-adapter': 'WebGPU в браузере есть, но GPU он не даёт.',
      'software-adapter': 'У браузера есть только программный GPU, а он медленнее процессора.',
    },
    failed: 'Модель не запустилась',
    lost: 'GPU больше недоступен',
    lostText: 'Его перезапустили, или он понадобился системе. Запустите снова или продолжите на процессоре.',
    again: 'Запустить снова',
    withoutGpu: 'Продолжить на процессоре',
  },
});

export function EngineStep({ offer, trial }: { offer: ModelOffer; trial: Trial }) {
  const kept = CHOICES.find(choice => choice === recall(KEPT_AS)) ?? 'auto';
  const choice = useSignal<BackendChoice>(kept);
  const state = trial.engine.value;
  const choose = (chosen: BackendChoice) => {
    choice.value = chosen;
    remember(KEPT_AS, chosen);
    if (state.step === 'ready') void trial.load(chosen);
  };
  const isWorking = state.step === 'downloading' || state.step === 'starting';
  return (
    <section class="card stack" aria-labelledby="try-model">
      <div class="row apart">
        <div>
          <h2 id="try-model">{t().title}</h2>
          <p class="small muted">{describe(offer)}</p>
        </div>
        <label class="row small">
          <span>{t().computeOn}</span>
          <select
            value={choice.value}
            disabled={isWorking}
            onChange={event => choose(event.currentTarget.value as BackendChoice)}
          >
            {CHOICES.map(name => (
              <option key={name} value={name}>
                {t().choices[name]}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Notices notices={noticesOf(state, offer)} />
      {state.step === 'none' && (
        <div class="row">
          <button type="button" class="primary" onClick={() => trial.load(choice.peek())}>
            {t().load(formatBytes(offer.bytes))}
          </button>
          <span class="small muted">{t().program}</span>
        </div>
      )}
      {(state.step === 'failed' || state.step === 'lost') && (
        <div class="row">
          <button type="button" class="primary" onClick={() => trial.load(choice.peek())}>
            {t().again}
          </button>
          <button type="button" onClick={() => trial.load('wasm')}>
            {t().withoutGpu}
          </button>
        </div>
      )}
      <div role="status" class="try-status">
        {standing(state, offer)}
      </div>
    </section>
  );
}

function standing(state: EngineState, { bytes }: ModelOffer) {
  switch (state.step) {
    case 'downloading':
      return (
        <>
          <p class="small">{t().downloading(formatBytes(state.doneBytes), formatBytes(bytes))}</p>
          <progress max={bytes} value={state.doneBytes} aria-label={t().title} />
        </>
      );
    case 'starting':
      return <p class="small">{t().starting}</p>;
    case 'ready':
      return <DeviceLine device={state.device} />;
    default:
      return null;
  }
}

function DeviceLine({ device: { adapter, refusal } }: { device: Device }) {
  return (
    <p class="try-device">
      <span class="state good">{adapter === null ? t().onCpu : t().onGpu(adapter)}</span>
      {refusal && <span class="small muted"> {t().refusals[refusal]}</span>}
    </p>
  );
}

function describe({ keypoints, trained: { channels, widthPx, heightPx } }: ModelOffer): string {
  const parts = [t().keypoints(keypoints.length), channels === 1 ? t().gray : t().colour];
  if (widthPx !== null) parts.push(t().trainedOn(`${widthPx} × ${heightPx}`));
  return parts.join(' · ');
}

function noticesOf(state: EngineState, { bytes }: ModelOffer): Notice[] {
  if (state.step === 'lost')
    return [{ tone: 'warn', title: t().lost, text: [t().lostText, state.message].filter(Boolean).join(' ') }];
  if (state.step === 'failed') {
    const { failure } = state;
    return [
      typeof failure === 'string'
        ? { tone: 'bad', title: t().failed, text: failure }
        : failureNotice(t().failed, failure),
    ];
  }
  return state.step === 'none' && bytes > LARGE_BYTES ? [{ tone: 'warn', title: t().large, text: '' }] : [];
}
