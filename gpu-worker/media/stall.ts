/**
 * Tells work that goes on from work that hangs: a thread counts its progress in shared memory, its owner looks whether the count moves.
 *
 * Frames and bytes read count, so that a slow disk or a large frame is no stall. Reading the same file over and over without a frame
 * does not count: a damaged file may send a reader back and forth for ever.
 */

/** Int32 [0]: steps of progress so far, wrapping round. */
export type ProgressCounter = Int32Array<SharedArrayBuffer>;

export function createCounter(): ProgressCounter {
  return new Int32Array(new SharedArrayBuffer(4));
}

/** How often a file may be read through without a frame; what a small file is read ahead is on top. */
const MOST_READINGS = 4;
const READ_AHEAD_BYTES = 16 * 2 ** 20;

/** In the thread: what counts progress while a file of `sizeBytes` is worked on. */
export function progressMeter(counter: ProgressCounter, sizeBytes: number) {
  let bytesSinceFrame = 0;
  return {
    read(bytes: number): void {
      bytesSinceFrame += bytes;
      if (bytes > 0 && bytesSinceFrame < MOST_READINGS * sizeBytes + READ_AHEAD_BYTES) Atomics.add(counter, 0, 1);
    },
    frame(): void {
      bytesSinceFrame = 0;
      Atomics.add(counter, 0, 1);
    },
  };
}

/**
 * Calls `onStall` once `seconds` have passed in which `progress()` gave the same number.
 * @returns what ends the watch.
 */
export function watchForStall(progress: () => number, seconds: number, onStall: () => void): () => void {
  let seen = progress();
  const look = () => {
    const now = progress();
    if (now === seen) return onStall();
    seen = now;
    timer = setTimeout(look, seconds * 1000);
  };
  let timer = setTimeout(look, seconds * 1000);
  return () => clearTimeout(timer);
}
