/** A .slp file that is read in a thread, which is stopped when it says nothing for too long. */
import { AnsweringThread } from '../../media/answering-thread.ts';
import { createCounter, type ProgressCounter, watchForStall } from '../../media/stall.ts';
import { damaged } from './slp-damage.ts';
import type { EmbeddedRows } from './slp-embedded-rows.ts';
import type { SlpLabels } from './slp-labels.ts';

/** What the thread is given. */
export interface SlpJob {
  hostPath: string;
  /** The file's path within the dataset, for sentences. */
  name: string;
  counter: ProgressCounter;
}

export type SlpQuestion = 'labels' | { rows: EmbeddedRows; wanted: number[] };
export type SlpAnswer = SlpLabels | Uint8Array[];

export class SlpFile {
  readonly #name: string;
  readonly #silentSeconds: number;
  readonly #signal: AbortSignal | undefined;
  readonly #counter = createCounter();
  readonly #thread: AnsweringThread<SlpQuestion, SlpAnswer>;
  readonly #stop = () => void this.#thread.close();

  /** Starts the thread; close it. */
  constructor(
    hostPath: string,
    name: string,
    { silentSeconds, signal }: { silentSeconds: number; signal?: AbortSignal | undefined },
  ) {
    this.#name = name;
    this.#silentSeconds = silentSeconds;
    this.#signal = signal;
    const job: SlpJob = { hostPath, name, counter: this.#counter };
    this.#thread = new AnsweringThread(new URL('./slp-thread.ts', import.meta.url), job);
    signal?.addEventListener('abort', this.#stop);
  }

  /** @throws AppError labels_invalid; the error of node:fs when the file cannot be opened; the signal's reason after an abort. */
  async labels(): Promise<SlpLabels> {
    return (await this.#ask('labels')) as SlpLabels;
  }

  /** The bytes of rows of an embedded video, see readRow(). @throws as labels(). */
  async embedded(rows: EmbeddedRows, wanted: number[]): Promise<Uint8Array[]> {
    return (await this.#ask({ rows, wanted })) as Uint8Array[];
  }

  async close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#stop);
    await this.#thread.close();
  }

  async #ask(question: SlpQuestion): Promise<SlpAnswer> {
    this.#signal?.throwIfAborted();
    let isSilent = false;
    const stopWatch = watchForStall(
      () => Atomics.load(this.#counter, 0),
      this.#silentSeconds,
      () => {
        isSilent = true;
        this.#stop();
      },
    );
    try {
      return await this.#thread.ask(question);
    } catch (thrown) {
      this.#signal?.throwIfAborted();
      throw isSilent ? damaged(this.#name, 'reading it does not end', thrown) : thrown;
    } finally {
      stopWatch();
    }
  }
}
