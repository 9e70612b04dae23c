/**
 * One training, kept up to date by its event stream; model-page.ts draws it.
 *
 * Rows are held by epoch number: after a lost connection the stream sends again what was missed, and a row that comes twice changes
 * nothing.
 */
import type { EpochRow, ModelResource } from '../src/contract/model.ts';
import { ApiFailure, readModel, serverNowMs } from './api.ts';
import { type Connection, type LiveStream, openStream } from './live-stream.ts';
import { type Known, ModelPage } from './model-page.ts';
import { failureNotice, type Notice } from './notices.ts';

export interface View {
  element: HTMLElement;
  /** Called once a second: ages and elapsed time go on without events. */
  tick: () => void;
  destroy: () => void;
}

/** A heartbeat older than this is asked for once more before anything is said about it. */
const DOUBT_AFTER_MS = 20_000;
const ASK_AGAIN_MS = 15_000;

export class ModelView implements View {
  readonly element: HTMLElement;
  readonly #uid: string;
  readonly #onConnection: (connection: Connection) => void;
  readonly #page: ModelPage;
  readonly #stream: LiveStream;
  readonly #rows = new Map<number, EpochRow>();
  #model: ModelResource | null = null;
  #refused: Notice | null = null;
  #connection: Connection = 'connecting';
  #askedAtMs = 0;
  #frame = 0;

  constructor(uid: string, onConnection: (connection: Connection) => void) {
    this.#uid = uid;
    this.#onConnection = onConnection;
    this.#page = new ModelPage(uid, {
      onChange: failure => {
        this.#refused = failure === null ? null : failureNotice('That was not possible', failure);
        this.#draw();
      },
    });
    this.element = this.#page.element;
    this.#stream = openStream({
      url: `/api/models/${uid}/events?events=model,epoch`,
      on: {
        model: data => this.#take(data as ModelResource),
        epoch: data => {
          const row = data as EpochRow;
          this.#rows.set(row.epoch, row);
          this.#draw();
        },
      },
      onConnection: now => {
        this.#connection = now;
        onConnection(now);
        this.#draw();
      },
      onRefused: () => void this.#ask(),
    });
  }

  tick(): void {
    const known = this.#known();
    if (!known) return;
    this.#page.drawClock(known);
    const { state, heartbeat_at, created_at } = known.model;
    const isDoubtful = state === 'active' && serverNowMs() - Date.parse(heartbeat_at ?? created_at) > DOUBT_AFTER_MS;
    if (isDoubtful && Date.now() - this.#askedAtMs > ASK_AGAIN_MS) void this.#ask();
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    this.#stream.close();
    this.#page.destroy();
  }

  #known(): Known | null {
    if (!this.#model) return null;
    const rows = [...this.#rows.values()].sort((a, b) => a.epoch - b.epoch);
    return { model: this.#model, rows, refused: this.#refused, isLive: this.#connection === 'live' };
  }

  /** Once for all that arrives before the next frame. */
  #draw(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      const known = this.#known();
      if (known && this.element.isConnected) this.#page.draw(known);
    });
  }

  #take(model: ModelResource): void {
    this.#model = model;
    this.#draw();
  }

  /** Asks for the model by a plain request: when the stream was refused, and when it may have missed heartbeats. */
  async #ask(): Promise<void> {
    this.#askedAtMs = Date.now();
    try {
      this.#take(await readModel(this.#uid));
    } catch (failure) {
      if (!(failure instanceof ApiFailure)) throw failure;
      if (!this.element.isConnected) return;
      if (failure.status === 404) {
        this.#model = null;
        this.#stream.close();
        this.#onConnection('ended');
      }
      if (!this.#model) this.#page.showUnreadable(failure);
    }
  }
}
