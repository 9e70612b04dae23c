/** How fast a file is being sent, over the last seconds: the mean since the beginning would still speak of the line before lunch. */

const WINDOW_MS = 10_000;

export class SendSpeed {
  #marks: { atMs: number; bytes: number }[] = [];

  /** @param bytes that have arrived in all. */
  mark(bytes: number, atMs: number): void {
    this.#marks = this.#marks.filter(mark => atMs - mark.atMs <= WINDOW_MS);
    this.#marks.push({ atMs, bytes });
  }

  /** @returns null until two marks are half a second apart. */
  bytesPerSecond(): number | null {
    const [first, last] = [this.#marks[0], this.#marks.at(-1)];
    if (!first || !last || last.atMs - first.atMs < 500) return null;
    return (1000 * (last.bytes - first.bytes)) / (last.atMs - first.atMs);
  }

  /** @returns null while nobody can tell. */
  secondsLeft(totalBytes: number): number | null {
    const speed = this.bytesPerSecond();
    const last = this.#marks.at(-1);
    return speed && last ? (totalBytes - last.bytes) / speed : null;
  }
}
