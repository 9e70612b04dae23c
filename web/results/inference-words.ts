/** What is told of an inference in lists and beside its video: how far it is, how fast, and how long it will still take. */
import type { InferenceResource } from '../../src/contract/inference-resource.ts';
import type { Progress } from '../../src/contract/task.ts';
import { forms, words } from '../language/language.ts';
import { formatCount, formatDuration, formatNumber } from '../language/numbers.ts';

const t = words({
  en: {
    perSecond: (speed: string) => `${speed} frames/s`,
    left: (span: string) => `${span} left`,
    frames: (n: number) => `${formatCount(n)} ${forms(n, 'frame', 'frames')}`,
    framesOf: (n: number, all: number) => `${formatCount(n)} of ${formatCount(all)} frames`,
  },
  ru: {
    perSecond: (speed: string) => `${speed} кадр/с`,
    left: (span: string) => `осталось ${span}`,
    frames: (n: number) => `${formatCount(n)} ${forms(n, 'кадр', 'кадра', 'кадров')}`,
    framesOf: (n: number, all: number) =>
      `${formatCount(n)} из ${formatCount(all)} ${forms(all, 'кадра', 'кадров', 'кадров')}`,
  },
});

/** `41.3 frames/s, 2 min 3 s left`; what nobody has measured is left out. */
export function formatPace({ unit, per_second: speed, seconds_left: left }: Progress): string {
  const word = t();
  return [
    unit === 'frames' && speed !== undefined && speed > 0 && word.perSecond(formatNumber(speed)),
    left !== undefined && word.left(formatDuration(left)),
  ]
    .filter(Boolean)
    .join(', ');
}

/** How many frames have predictions, and of how many where the container says that and all were asked for. */
export function formatFramesDone({
  frames_stored: stored,
  video,
  inference_config: { frames, frame_step: step },
}: Pick<InferenceResource, 'frames_stored' | 'video' | 'inference_config'>): string {
  const all = frames === null && step === 1 ? video?.frames : null;
  return typeof all === 'number' && all > stored ? t().framesOf(stored, all) : t().frames(stored);
}
