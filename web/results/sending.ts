/**
 * Videos on their way to the service: each is sent ahead in pieces and then queued for the model that was chosen when it was started. They
 * are held outside the view, so that a look at a result does not break off the rest. One is sent at a time, as they share one line; one that
 * cannot be sent tells why and lets the next go on.
 *
 * The request that queues it carries a key of its own, so that trying again after a lost answer makes no second inference.
 */
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { SleapError } from '../../client/sleap-error.ts';
import type { InferenceConfigInput } from '../../src/contract/inference.ts';
import type { UploadResource } from '../../src/contract/upload.ts';
import { asFailure, client } from '../api/client.ts';
import { randomKey } from '../api/random-key.ts';
import { fingerprintOf } from '../api/remembered-uploads.ts';
import { sendOrGoOn } from '../api/resumed-upload.ts';

export type SendState = 'waiting' | 'fetching' | 'sending' | 'queueing' | 'paused' | 'sent' | 'failed';

export interface Order {
  modelUid: string;
  config: InferenceConfigInput;
}

/** A file that was chosen and not started. */
export interface Chosen {
  name: string;
  bytes: VideoBytes;
}

export interface Sending {
  readonly name: string;
  readonly order: Order;
  readonly state: ReadonlySignal<SendState>;
  readonly sentBytes: ReadonlySignal<number>;
  /** null until it is known. */
  readonly totalBytes: ReadonlySignal<number | null>;
  readonly failure: ReadonlySignal<SleapError | null>;
  /** null until it is queued. */
  readonly resultsId: ReadonlySignal<number | null>;
  pause: () => void;
  /** Goes on where it was. */
  resume: () => void;
  /** Ends it, if it is under way, and forgets it. */
  remove: () => void;
}

/** The bytes of a video: the reader's file, or one that the service has and is asked for when its turn comes. */
export type VideoBytes = File | ((signal: AbortSignal) => Promise<File>);

const PIECE_BYTES = 8 * 2 ** 20;
/** Those that a closed tab would break off. */
const UNDER_WAY: readonly SendState[] = ['waiting', 'fetching', 'sending', 'queueing', 'paused'];

/** In the order they were started in. */
export const sendings = signal<readonly Sending[]>([]);
const isUnderWay = computed(() => sendings.value.some(({ state }) => UNDER_WAY.includes(state.value)));
isUnderWay.subscribe(isSo => {
  if (isSo) addEventListener('beforeunload', warn);
  else removeEventListener('beforeunload', warn);
});

function warn(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

/** Sends a video when those before it are done with. @param onQueued told the results_id. */
export function send(name: string, bytes: VideoBytes, order: Order, onQueued: (resultsId: number) => void): Sending {
  const state = signal<SendState>('waiting');
  const sentBytes = signal(0);
  const totalBytes = signal(bytes instanceof File ? bytes.size : null);
  const failure = signal<SleapError | null>(null);
  const resultsId = signal<number | null>(null);
  const idempotencyKey = randomKey();
  let under = new AbortController();
  let file = bytes instanceof File ? bytes : null;
  let upload: UploadResource | null = null;

  const run = async () => {
    under = new AbortController();
    const { signal } = under;
    try {
      if (file === null) {
        state.value = 'fetching';
        file = await (bytes as (signal: AbortSignal) => Promise<File>)(signal);
        totalBytes.value = file.size;
      }
      state.value = 'sending';
      upload ??= await sendOrGoOn(file, {
        ...{ fileName: name, fingerprint: fingerprintOf(file), signal, pieceBytes: PIECE_BYTES },
        onProgress: sent => {
          sentBytes.value = sent;
        },
      });
      signal.throwIfAborted();
      state.value = 'queueing';
      const options = { fileName: name, idempotencyKey, signal };
      const answer = await client.infer(upload, order.modelUid, order.config, options);
      resultsId.value = answer.results_id;
      state.value = 'sent';
      onQueued(answer.results_id);
    } catch (thrown) {
      if (signal.aborted) return; // who ended it has said what it is now
      upload = null; // it may have expired
      state.value = 'failed';
      failure.value = asFailure(thrown);
    }
  };
  const sending: Sending = {
    ...{ name, order, state, sentBytes, totalBytes, failure, resultsId },
    pause() {
      state.value = 'paused';
      under.abort();
    },
    resume() {
      failure.value = null;
      state.value = 'waiting';
      void pump();
    },
    remove() {
      state.value = 'paused';
      under.abort();
      runs.delete(sending);
      sendings.value = sendings.value.filter(other => other !== sending);
    },
  };
  runs.set(sending, run);
  sendings.value = [...sendings.value, sending];
  void pump();
  return sending;
}

/** Forgets those that have arrived. */
export function forgetSent(): void {
  for (const sending of sendings.peek()) if (sending.state.peek() === 'sent') sending.remove();
}

const runs = new Map<Sending, () => Promise<void>>();
let isPumping = false;

async function pump(): Promise<void> {
  if (isPumping) return;
  isPumping = true;
  const next = () => sendings.peek().find(({ state }) => state.peek() === 'waiting');
  try {
    for (let sending = next(); sending; sending = next()) await runs.get(sending)!().catch(reportError);
  } finally {
    isPumping = false;
  }
}
