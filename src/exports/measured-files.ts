/**
 * Where the parts of text files begin, for files that were made once already: whoever goes on with a download need not wait for a pass over all
 * predictions again. A file is known by its entity tag, so what is remembered never goes stale; it is only forgotten.
 *
 * Bounded: each file counts the numbers it holds and a fixed part for its tag; at most a million together, 8 MB. What was used longest ago goes.
 */

const MOST_NUMBERS = 1_000_000;
/** About what a tag and its place in the map take, as numbers of 8 bytes. */
const NUMBERS_PER_FILE = 32;

/** Of each part the byte it begins at, then the size of the file. */
export type PartOffsets = Float64Array;

export class MeasuredFiles {
  readonly #known = new Map<string, PartOffsets>();
  readonly #underWay = new Map<string, Promise<PartOffsets>>();
  readonly #mostNumbers: number;
  #numbers = 0;

  constructor(mostNumbers = MOST_NUMBERS) {
    this.#mostNumbers = mostNumbers;
  }

  get(etag: string): PartOffsets | undefined {
    const offsets = this.#known.get(etag);
    if (offsets) {
      // Last in the map: used last.
      this.#known.delete(etag);
      this.#known.set(etag, offsets);
    }
    return offsets;
  }

  add(etag: string, offsets: PartOffsets): void {
    this.#forget(etag);
    this.#known.set(etag, offsets);
    this.#numbers += costOf(offsets);
    for (const eldest of this.#known.keys()) {
      if (this.#numbers <= this.#mostNumbers) return;
      this.#forget(eldest);
    }
  }

  /** What is known, or what `measure` finds; of several that ask at once, for all of them. */
  async measured(etag: string, measure: () => Promise<PartOffsets>): Promise<PartOffsets> {
    const known = this.get(etag);
    if (known) return known;
    const running = this.#underWay.get(etag) ?? measure().finally(() => this.#underWay.delete(etag));
    this.#underWay.set(etag, running);
    return running;
  }

  #forget(etag: string): void {
    const offsets = this.#known.get(etag);
    if (!offsets) return;
    this.#known.delete(etag);
    this.#numbers -= costOf(offsets);
  }
}

function costOf(offsets: PartOffsets): number {
  return offsets.length + NUMBERS_PER_FILE;
}
