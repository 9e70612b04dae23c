/**
 * Random numbers that a seed fixes: for the split, the order of frames, the initial weights and later the augmentation.
 *
 * The generator is sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state in four integers, so a checkpoint can carry it; it passes
 * PractRand and BigCrush. Each purpose draws its own stream from the one seed of a training, so that using more numbers for one thing
 * does not shift another. Not for secrets.
 */

/** The three words and the counter of sfc32, each an unsigned 32-bit integer. */
export type RandomState = [number, number, number, number];

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  /** Goes on from a saved state. */
  constructor([a, b, c, counter]: RandomState) {
    this.#a = a >>> 0;
    this.#b = b >>> 0;
    this.#c = c >>> 0;
    this.#counter = counter >>> 0;
  }

  /** The stream of `purpose` under `seed`, an unsigned 32-bit integer. */
  static of(seed: number, purpose: string): Random {
    const random = new Random([deriveSeed(seed, purpose), seed, 0, 1]);
    for (let i = 0; i < 12; i++) random.nextUint32(); // PractRand's own warm-up: mixes the seed into every word
    return random;
  }

  /** What a checkpoint keeps. */
  get state(): RandomState {
    return [this.#a, this.#b, this.#c, this.#counter];
  }

  nextUint32(): number {
    const out = (this.#a + this.#b + this.#counter) >>> 0;
    this.#counter = (this.#counter + 1) >>> 0;
    this.#a = (this.#b ^ (this.#b >>> 9)) >>> 0;
    this.#b = (this.#c + (this.#c << 3)) >>> 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + out) >>> 0;
    return out;
  }

  /** Uniform in [0, 1), a multiple of 2^-32. */
  next(): number {
    return this.nextUint32() / 2 ** 32;
  }

  /** An integer in [0, limit); the bias is below limit / 2^32. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }
}

/** A shuffled copy (Fisher–Yates in Durstenfeld's form). */
export function shuffle<T>(items: readonly T[], random: Random): T[] {
  const shuffled = items.slice();
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
  }
  return shuffled;
}

/** An unsigned 32-bit seed for one purpose: FNV-1a over its name, started from the seed, then MurmurHash3's finaliser. */
export function deriveSeed(seed: number, purpose: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (const byte of new TextEncoder().encode(purpose)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
