/**
 * Values as words: pure functions from what the API sends to what a person reads. Figures keep their exact value in the data and
 * in the CSV; rounding happens here and only for the eye.
 */
import { DEFAULT_ENCODER } from '../src/contract/encoders.ts';
import type { ModelResource } from '../src/contract/model.ts';
import type { Progress, TaskState } from '../src/contract/task.ts';

/** How a state looks: `tone` picks the colour of the dot, the word says the same without colour. */
export interface Status {
  word: string;
  tone: 'waiting' | 'running' | 'stopping' | 'good' | 'bad' | 'ended';
}

const ENDED: Record<TaskState, boolean> = {
  queued: false,
  active: false,
  succeeded: true,
  failed: true,
  canceled: true,
};

/** True once nothing more will happen to the training. */
export function isEnded(state: TaskState): boolean {
  return ENDED[state];
}

/** The state of a training in one or two words. */
export function statusOf(model: Pick<ModelResource, 'state' | 'control' | 'stopped_early' | 'origin'>): Status {
  if (!isEnded(model.state) && model.control === 'cancel') return { word: 'canceling…', tone: 'stopping' };
  switch (model.state) {
    case 'queued':
      return { word: 'queued', tone: 'waiting' };
    case 'active':
      if (model.control === 'stop') return { word: 'stopping…', tone: 'stopping' };
      return { word: model.origin === 'import' ? 'importing' : 'training', tone: 'running' };
    case 'succeeded':
      return { word: model.stopped_early ? 'stopped early' : 'succeeded', tone: 'good' };
    case 'failed':
      return { word: 'failed', tone: 'bad' };
    case 'canceled':
      return { word: 'canceled', tone: 'ended' };
  }
}

/** The first group of a UUID: enough to tell trainings apart by eye. */
export function shortUid(uid: string): string {
  return uid.slice(0, 8);
}

/** A loss or a distance to `digits` significant digits: 0.0123, 1.23e-5. */
export function formatNumber(value: number, digits = 3): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e5) return value.toExponential(digits - 1).replace('e+', 'e');
  const text = value.toPrecision(digits);
  return text.includes('e') ? value.toFixed(0) : text;
}

/** Every digit a 32-bit float holds (7), without trailing zeros: 0.001234568, 1e-4. */
export function formatExact(value: number): string {
  const rounded = Number(value.toPrecision(7));
  const size = Math.abs(rounded);
  return size !== 0 && (size < 1e-3 || size >= 1e7) ? rounded.toExponential().replace('e+', 'e') : String(rounded);
}

const countFormat = new Intl.NumberFormat('en');

/** A whole number with thousands separators. */
export function formatCount(value: number): string {
  return countFormat.format(value);
}

/** `1 epoch`, `2 epochs`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

const DURATION_UNITS: readonly [name: string, seconds: number][] = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
];

/** A span by its two largest units: `3 min 20 s`, `2 h 5 min`. Below one second it is `0 s`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const at = DURATION_UNITS.findIndex(([, size]) => whole >= size);
  if (at === -1) return '0 s';
  const [name, size] = DURATION_UNITS[at]!;
  const next = DURATION_UNITS[at + 1];
  const rest = next ? Math.floor((whole % size) / next[1]) : 0;
  return `${Math.floor(whole / size)} ${name}${rest > 0 ? ` ${rest} ${next![0]}` : ''}`;
}

/** How long ago, by the largest unit alone. A clock that runs ahead of the server's reads `just now`. */
export function formatAge(ageMs: number): string {
  const seconds = Math.floor(ageMs / 1000);
  if (seconds < 5) return 'just now';
  const [name, size] = DURATION_UNITS.find(([, unitSeconds]) => seconds >= unitSeconds)!;
  return `${Math.floor(seconds / size)} ${name} ago`;
}

const dateFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** An ISO 8601 time as date and time of the reader's own zone and habits. */
export function formatDate(iso: string): string {
  return dateFormat.format(new Date(iso));
}

const BYTE_UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** Bytes in powers of 1000, as file managers show them. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${BYTE_UNITS[power]}`;
}

/** How far the phase has come: `step 120 of 200`, `1.2 MB of 30.0 MB`, `340 frames so far`. */
export function formatProgress({ done, total, unit }: Progress): string {
  if (unit === 'bytes')
    return total === null ? `${formatBytes(done)} so far` : `${formatBytes(done)} of ${formatBytes(total)}`;
  const noun = unit.slice(0, -1);
  if (total === null) return `${plural(done, noun)} so far`;
  return `${noun} ${formatCount(done)} of ${formatCount(total)}`;
}

/** What a model is, in a word: its encoder or its backbone, or that it is an import whose files have not been read. */
export function kindOf({ training_config: config }: Pick<ModelResource, 'training_config'>): string {
  const { backbone_model: backbone, pretrained_encoder: encoder, backbone_config: own } = config;
  if (typeof backbone !== 'string') return 'import';
  if (backbone !== 'pretrained_encoder') return backbone;
  return String(encoder ?? (own as { encoder?: unknown } | undefined)?.encoder ?? DEFAULT_ENCODER);
}
