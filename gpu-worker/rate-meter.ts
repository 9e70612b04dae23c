/**
 * How fast a piece of work goes and how long the rest will take, as the progress of a task shows it.
 *
 * The speed is the mean over the last seconds: what was done since a moment WINDOW_SECONDS ago, divided by that time. A mean over all
 * of the work would go on telling of a slow start, such as frames that wait for the first pipelines; a shorter one would jump with
 * every batch. While nothing is done the speed falls towards 0, and with it the time left is no longer told.
 */
import type { Progress } from '../src/contract/task.ts';

const WINDOW_SECONDS = 8;
/** Where the window begins is known to within this: earlier reports are kept at this distance, 33 of them, however often one comes. */
const SPACING_SECONDS = 0.25;
/** A speed over less than this is chance. */
const LEAST_SECONDS = 1;

interface Report {
  atSeconds: number;
  done: number;
}

export class RateMeter {
  readonly #unit: Progress['unit'];
  readonly #nowSeconds: () => number;
  /** Oldest first; only the first one may be older than the window. */
  readonly #earlier: Report[];

  /**
   * The clock starts now.
   * @param done what had been done before, which is not counted into the speed.
   * @param nowSeconds a clock that never goes back.
   */
  constructor(unit: Progress['unit'], done = 0, nowSeconds: () => number = () => performance.now() / 1000) {
    this.#unit = unit;
    this.#nowSeconds = nowSeconds;
    this.#earlier = [{ atSeconds: nowSeconds(), done }];
  }

  /**
   * Takes down that `done` of `total` are done now.
   * @param total null while it is not known; one that turns out too small is raised to `done`.
   * @returns the progress to report, its speed and time left to three digits.
   */
  progress(done: number, total: number | null): Progress {
    const now = { atSeconds: this.#nowSeconds(), done };
    const perSecond = this.#speedUntil(now);
    this.#remember(now);
    const known = total === null ? null : Math.max(total, done);
    return {
      done,
      total: known,
      unit: this.#unit,
      ...(perSecond !== null && { per_second: threeDigits(perSecond) }),
      ...(perSecond && known !== null && { seconds_left: threeDigits((known - done) / perSecond) }),
    };
  }

  /** Units a second; null while it is too early to say. */
  #speedUntil({ atSeconds, done }: Report): number | null {
    while (this.#earlier.length > 1 && this.#earlier[1]!.atSeconds <= atSeconds - WINDOW_SECONDS) this.#earlier.shift();
    const start = this.#earlier[0]!;
    const seconds = atSeconds - start.atSeconds;
    return seconds < LEAST_SECONDS ? null : Math.max(0, done - start.done) / seconds;
  }

  #remember(now: Report): void {
    if (now.atSeconds - this.#earlier.at(-1)!.atSeconds >= SPACING_SECONDS) this.#earlier.push(now);
  }
}

function threeDigits(value: number): number {
  return Number(value.toPrecision(3));
}
