/** The page's end of the thread that computes: a question goes out, the answer comes back, and the thread dies with close(). */
import type { Answer, BackendChoice, Device, FrameResult, NetworkFiles, Question } from './engine-messages.ts';

interface Pending {
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

export class Engine {
  readonly #thread: Worker;
  #pending: Pending | null = null;
  /** Fulfilled once all that was asked before is answered. */
  #turn: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  private constructor(onLost: (message: string) => void) {
    this.#thread = new Worker(new URL('./engine-thread.ts', import.meta.url), { type: 'module' });
    this.#thread.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
      if (data.kind === 'lost') onLost(data.message);
      else if (data.kind === 'failed') this.#settle(({ reject }) => reject(new Error(data.message)));
      else this.#settle(({ resolve }) => resolve(data));
    });
    this.#thread.addEventListener('error', event => {
      this.#settle(({ reject }) => reject(new Error(event.message || 'The program for this could not be loaded.')));
    });
  }

  /**
   * Starts the thread, its backend and the network in it.
   * @param onLost told when the GPU is taken away; the engine is of no more use then.
   * @throws Error in the words of TensorFlow.js or of the browser.
   */
  static async open(
    network: NetworkFiles,
    backend: BackendChoice,
    onLost: (message: string) => void,
    signal: AbortSignal,
  ): Promise<{ engine: Engine; device: Device }> {
    const engine = new Engine(onLost);
    const close = () => engine.close();
    signal.addEventListener('abort', close);
    try {
      const opened = await engine.#ask({ kind: 'open', network, backend }, []);
      return { engine, device: (opened as Extract<Answer, { kind: 'opened' }>).device };
    } catch (error) {
      engine.close();
      throw error;
    } finally {
      signal.removeEventListener('abort', close);
    }
  }

  /** Computes one frame after another. @param bitmap goes to the thread and comes back in the result. */
  async run(bitmap: ImageBitmap, heatOf: number | null): Promise<FrameResult> {
    const told = this.#turn.then(() => this.#ask({ kind: 'frame', bitmap, heatOf }, [bitmap]));
    this.#turn = told.catch(() => {}); // whoever asked is told
    return ((await told) as Extract<Answer, { kind: 'frame' }>).result;
  }

  /** Ends the thread, and with it all memory it holds. */
  close(): void {
    this.#isClosed = true;
    this.#thread.terminate();
    this.#settle(({ reject }) => reject(new EngineClosed('The engine was closed.')));
  }

  #ask(question: Question, transfer: Transferable[]): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(new EngineClosed('The engine was closed.'));
      this.#pending = { resolve, reject };
      this.#thread.postMessage(question, transfer);
    });
  }

  #settle(how: (pending: Pending) => void): void {
    const pending = this.#pending;
    this.#pending = null;
    if (pending) how(pending);
  }
}

/** What a question meets whose answer nobody waits for any more. */
export class EngineClosed extends Error {}
