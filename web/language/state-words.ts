/** Where a task stands, in a word or two, and how that looks: `tone` picks the colour of the dot, the word says the same without colour. */
import type { Phase, Progress, TaskKind, TaskState, TaskStatus } from '../../src/contract/task.ts';
import { forms, words } from './language.ts';
import { formatBytes, formatCount } from './numbers.ts';

export type Tone = 'waiting' | 'running' | 'stopping' | 'good' | 'bad' | 'ended';

export interface Status {
  word: string;
  tone: Tone;
}

const ENDED: Record<TaskState, boolean> = {
  queued: false,
  active: false,
  succeeded: true,
  failed: true,
  canceled: true,
};

/** True once nothing more will happen to the task. */
export function isEnded(state: TaskState): boolean {
  return ENDED[state];
}

const ACTIVE: { en: Record<TaskKind, string>; ru: Record<TaskKind, string> } = {
  en: { train: 'training', infer: 'predicting', import: 'importing', overlay: 'drawing', check: 'checking' },
  ru: {
    train: 'обучается',
    infer: 'обрабатывается',
    import: 'импортируется',
    overlay: 'рисуется',
    check: 'проверяется',
  },
};

const t = words({
  en: {
    active: ACTIVE.en,
    canceling: 'canceling…',
    stopping: 'stopping…',
    queued: 'queued',
    succeeded: 'succeeded',
    stoppedEarly: 'stopped early',
    failed: 'failed',
    canceled: 'canceled',
    waiting: (before: number) => `waiting for a worker: ${formatCount(before)} before it`,
    next: 'waiting for a worker: next in line',
    of: (done: string, total: string) => `${done} of ${total}`,
    soFar: (done: string) => `${done} so far`,
  },
  ru: {
    active: ACTIVE.ru,
    canceling: 'отменяется…',
    stopping: 'останавливается…',
    queued: 'в очереди',
    succeeded: 'готово',
    stoppedEarly: 'остановлено раньше',
    failed: 'ошибка',
    canceled: 'отменено',
    waiting: (before: number) => `ждёт исполнителя: впереди ${formatCount(before)}`,
    next: 'ждёт исполнителя: впереди никого',
    of: (done: string, total: string) => `${done} из ${total}`,
    soFar: (done: string) => `${done} на данный момент`,
  },
});

/** The state of a task in one or two words. */
export function statusOf(
  { state, control, stopped_early }: Pick<TaskStatus, 'state' | 'control' | 'stopped_early'>,
  kind: TaskKind,
): Status {
  const word = t();
  if (!isEnded(state) && control === 'cancel') return { word: word.canceling, tone: 'stopping' };
  switch (state) {
    case 'queued':
      return { word: word.queued, tone: 'waiting' };
    case 'active':
      return control === 'stop'
        ? { word: word.stopping, tone: 'stopping' }
        : { word: word.active[kind], tone: 'running' };
    case 'succeeded':
      return { word: stopped_early ? word.stoppedEarly : word.succeeded, tone: 'good' };
    case 'failed':
      return { word: word.failed, tone: 'bad' };
    case 'canceled':
      return { word: word.canceled, tone: 'ended' };
  }
}

const RUSSIAN_PHASES: Record<Phase, string> = {
  'waiting for a worker': 'ждёт исполнителя',
  starting: 'запуск',
  'fetching the dataset': 'получение данных',
  unpacking: 'распаковка',
  'reading labels': 'чтение разметки',
  'taking out frames': 'извлечение кадров',
  'drawing samples': 'подготовка примеров',
  'fetching the weights': 'получение весов',
  'preparing the network': 'подготовка сети',
  compiling: 'компиляция программ',
  training: 'обучение',
  validating: 'проверка',
  'saving the checkpoint': 'сохранение состояния',
  'writing the model files': 'запись файлов модели',
  'fetching the model': 'получение модели',
  'reading the model': 'чтение модели',
  'fetching the video': 'получение видео',
  'reading the video': 'чтение видео',
  predicting: 'обрабатывается',
  'drawing the overlay': 'рисование точек на видео',
  'storing the overlay': 'сохранение видео',
  done: 'готово',
};

const phases = words<Partial<Record<Phase, string>>>({ en: { compiling: 'compiling kernels' }, ru: RUSSIAN_PHASES });

/** What is being done right now; of a task that waits, how many are before it. */
export function phaseOf({
  state,
  phase,
  waiting_before,
}: Pick<TaskStatus, 'state' | 'phase' | 'waiting_before'>): string {
  if (state !== 'queued' || waiting_before === null) return phases()[phase] ?? phase;
  return waiting_before === 0 ? t().next : t().waiting(waiting_before);
}

const units = words({
  en: {
    steps: (n: number) => forms(n, 'step', 'steps'),
    epochs: (n: number) => forms(n, 'epoch', 'epochs'),
    frames: (n: number) => forms(n, 'frame', 'frames'),
    pipelines: (n: number) => forms(n, 'kernel', 'kernels'),
  },
  ru: {
    steps: (n: number) => forms(n, 'шаг', 'шага', 'шагов'),
    epochs: (n: number) => forms(n, 'эпоха', 'эпохи', 'эпох'),
    frames: (n: number) => forms(n, 'кадр', 'кадра', 'кадров'),
    pipelines: (n: number) => forms(n, 'программа', 'программы', 'программ'),
  },
});

/** How far the phase has come: `120 of 200 steps`, `1.2 MB of 30.0 MB`, `340 frames so far`. */
export function formatProgress({ done, total, unit }: Progress): string {
  const { of, soFar } = t();
  if (unit === 'bytes') return total === null ? soFar(formatBytes(done)) : of(formatBytes(done), formatBytes(total));
  const noun = units()[unit];
  if (total === null) return soFar(`${formatCount(done)} ${noun(done)}`);
  return of(formatCount(done), `${formatCount(total)} ${noun(total)}`);
}
