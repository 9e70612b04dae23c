/**
 * When the patience with a cancel ends. The process looks for one between batches, and a batch of a large network on a CPU takes many
 * seconds; a person who cancels waits one. Ending the process loses nothing: all that a task stores it writes whole, under its lease. It is
 * started again for the next task, which costs the host some seconds: too much for a stop or a release, which keep what was done.
 */

/** How long the process may take to obey. */
const CANCEL_GRACE_MS = 700;

export class CancelDeadline {
  readonly #onPassed: () => void;
  #timer: NodeJS.Timeout | null = null;
  /** The process was ended for it. */
  passed = false;

  constructor(onPassed: () => void) {
    this.#onPassed = onPassed;
  }

  /** Of several calls the first counts. */
  begin(): void {
    this.#timer ??= setTimeout(() => {
      this.passed = true;
      this.#onPassed();
    }, CANCEL_GRACE_MS);
  }

  clear(): void {
    if (this.#timer) clearTimeout(this.#timer);
  }
}
