/**
 * The way of a dataset from the disk to a report: packed if it is a folder, sent in pieces, checked by a worker. One at a time; it goes on
 * while the reader looks at other views, and a reload finds the check again. The steps show it (data-step.tsx, check-step.tsx).
 */
import { effect, signal } from '@preact/signals';
import type { SleapError } from '../../client/sleap-error.ts';
import type { DatasetOptions } from '../../src/contract/dataset.ts';
import type { DatasetCheck, DatasetReport } from '../../src/contract/dataset-report.ts';
import type { TaskError } from '../../src/contract/task.ts';
import { asFailure, client } from '../api/client.ts';
import { sendOrGoOn } from '../api/resumed-upload.ts';
import { type Gathered, gatherDropped } from './gather-files.ts';
import { keepDraft, recallDraft } from './kept-draft.ts';
import { UnreadableFile } from './pack-folder.ts';
import { type Chosen, NotSendable, prepareData, type Sendable } from './prepare-data.ts';
import { SendSpeed } from './send-speed.ts';

/** Progress and pause come to the piece: a second or two on a slow line. */
const PIECE_BYTES = 4 * 2 ** 20;

export type DataProblem =
  | Pick<SleapError, 'code' | 'message' | 'remedy'>
  | TaskError
  | NotSendable['problem']
  | { own: 'canceled' }
  | { own: 'unreadable'; path: string };

export type Stage =
  | { at: 'nothing' | 'looking' | 'sent' }
  | { at: 'packing'; doneBytes: number; totalBytes: number }
  | {
      at: 'sending';
      isPaused: boolean;
      doneBytes: number;
      totalBytes: number;
      bytesPerSecond: number | null;
      secondsLeft: number | null;
      /** When something arrived last. */
      movedAtMs: number;
    }
  | { at: 'checking'; check: DatasetCheck | null }
  | { at: 'checked'; check: DatasetCheck & { report: DatasetReport } }
  | { at: 'failed'; step: 'packing' | 'sending' | 'checking'; problem: DataProblem };

export type ReadSettings = Pick<DatasetOptions, 'dataset_format' | 'dataset_labels'>;

export const stage = signal<Stage>({ at: 'nothing' });
export const chosen = signal<Chosen | null>(recallDraft('chosen'));
export const readSettings = signal<ReadSettings>(recallDraft('read') ?? {});
export const password = signal('');

let work = new AbortController();
let sendable: Sendable | null = null;
let blobId: string | null = recallDraft('blob');

effect(() => keepDraft('chosen', chosen.value));
effect(() => keepDraft('read', readSettings.value));

/** Begins with what was dropped, if it has bytes; call it in the turn of the event. */
export async function takeDropped(transfer: DataTransfer): Promise<void> {
  try {
    const gathered = await gatherDropped(transfer);
    if (gathered) await take(gathered);
  } catch (thrown) {
    fail('packing', begin(), thrown);
  }
}

/** Begins with other data; what was under way is left. */
export async function take(gathered: Gathered): Promise<void> {
  const signal = begin();
  sendable = null;
  keepBlob(null);
  keepDraft('check', null);
  password.value = '';
  readSettings.value = {};
  stage.value = { at: 'looking' };
  try {
    const prepared = await prepareData(gathered, {
      signal,
      onChosen: now => {
        chosen.value = now;
      },
      onPacking: (doneBytes, totalBytes) => {
        stage.value = { at: 'packing', doneBytes, totalBytes };
      },
    });
    if (signal.aborted) return;
    sendable = prepared;
  } catch (thrown) {
    fail('packing', signal, thrown);
    return;
  }
  await send(sendable, signal);
}

/** The line is left alone until goOn. */
export function pauseSending(): void {
  work.abort();
  const now = stage.peek();
  if (now.at === 'sending') stage.value = { ...now, isPaused: true, bytesPerSecond: null, secondsLeft: null };
}

/** Goes on with sending where it was. */
export async function goOn(): Promise<void> {
  if (sendable !== null) await send(sendable, begin());
}

/** Has a worker read what was sent, with the settings of now. */
export async function checkAgain(): Promise<void> {
  await check(begin());
}

export function forgetData(): void {
  begin();
  sendable = null;
  keepBlob(null);
  keepDraft('check', null);
  chosen.value = null;
  stage.value = { at: 'nothing' };
}

/** Finds the check of before a reload again. */
export async function recallCheck(): Promise<void> {
  const id = recallDraft<string>('check');
  if (stage.peek().at !== 'nothing') return;
  if (id === null) {
    // Files do not outlive the page: what was not sent by then has to be chosen again.
    if (blobId === null) chosen.value = null;
    else stage.value = { at: 'sent' };
    return;
  }
  const signal = begin();
  stage.value = { at: 'checking', check: null };
  try {
    await follow(await client.datasetCheck(id, { signal }), signal);
  } catch (thrown) {
    if (signal.aborted) return;
    // Kept for a day; after that the data has to be chosen again.
    if (asFailure(thrown).status === 404) forgetData();
    else fail('checking', signal, thrown);
  }
}

async function send({ blob, fileName, fingerprint }: Sendable, signal: AbortSignal): Promise<void> {
  const speed = new SendSpeed();
  const onProgress = (doneBytes: number, totalBytes: number) => {
    const movedAtMs = Date.now();
    speed.mark(doneBytes, movedAtMs);
    const pace = { bytesPerSecond: speed.bytesPerSecond(), secondsLeft: speed.secondsLeft(totalBytes) };
    if (!signal.aborted) stage.value = { at: 'sending', isPaused: false, doneBytes, totalBytes, movedAtMs, ...pace };
  };
  const before = stage.peek();
  const doneBytes = before.at === 'sending' ? before.doneBytes : 0;
  const pace = { bytesPerSecond: null, secondsLeft: null, movedAtMs: Date.now() };
  stage.value = { at: 'sending', isPaused: false, doneBytes, totalBytes: blob.size, ...pace };
  try {
    const options = { fileName, fingerprint, signal, onProgress, pieceBytes: PIECE_BYTES };
    const sent = await sendOrGoOn(blob, options);
    keepBlob(sent.blob_id);
    stage.value = { at: 'sent' };
  } catch (thrown) {
    fail('sending', signal, thrown);
    return;
  }
  if (!chosen.peek()?.isEncrypted || password.peek() !== '') await check(signal);
}

async function check(signal: AbortSignal): Promise<void> {
  stage.value = { at: 'checking', check: null };
  try {
    const settings = { ...readSettings.peek(), ...(password.peek() && { dataset_password: password.peek() }) };
    // An answer that did not wait is the check as it stands, whatever is wrong with the dataset.
    const begun = await client.checkDataset({ blob_id: blobId }, { ...settings, waitSeconds: 0, signal });
    keepDraft('check', begun.check_id);
    await follow(begun, signal);
  } catch (thrown) {
    fail('checking', signal, thrown);
  }
}

async function follow(begun: DatasetCheck, signal: AbortSignal): Promise<void> {
  let now = begun;
  stage.value = { at: 'checking', check: now };
  for await (const event of client.events(begun.task_id, { events: ['phase', 'step'], signal })) {
    if (event.event === 'phase') now = { ...now, state: event.data.state, phase: event.data.phase, progress: null };
    else if (event.event === 'step') {
      const { done, total, unit } = event.data;
      now = { ...now, progress: { done, total, unit } };
    }
    if (!signal.aborted) stage.value = { at: 'checking', check: now };
  }
  const { report, error, ...ended } = await client.datasetCheck(begun.check_id, { signal });
  if (signal.aborted) return;
  if (report !== null && ended.state === 'succeeded')
    stage.value = { at: 'checked', check: { ...ended, error, report } };
  else stage.value = { at: 'failed', step: 'checking', problem: error ?? { own: 'canceled' } };
}

function fail(step: 'packing' | 'sending' | 'checking', signal: AbortSignal, thrown: unknown): void {
  if (signal.aborted) return;
  stage.value = { at: 'failed', step, problem: problemOf(thrown) };
}

function problemOf(thrown: unknown): DataProblem {
  if (thrown instanceof NotSendable) return thrown.problem;
  if (!(thrown instanceof UnreadableFile)) return asFailure(thrown);
  console.warn(thrown);
  return { own: 'unreadable', path: thrown.path };
}

function begin(): AbortSignal {
  work.abort();
  work = new AbortController();
  return work.signal;
}

function keepBlob(id: string | null): void {
  blobId = id;
  keepDraft('blob', id);
}
