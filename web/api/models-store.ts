/**
 * All models, kept up to date: read in pages once the event stream says that from here on it misses nothing, then changed by its events.
 * After a lost connection the same happens again. Views share one list; it is opened when the first of them asks, and stays.
 *
 * A model that did not change stays the same object, so that a row of a long list knows whether it has to be drawn again.
 */
import { signal } from '@preact/signals';
import type { SleapError } from '../../client/sleap-error.ts';
import type { ModelResource } from '../../src/contract/model.ts';
import { openCountedStream } from '../frame/connection.ts';
import { asFailure, client, urlOf } from './client.ts';

const PAGE_MODELS = 200;

/** By model_uid, in no order; null while the first pages have not arrived. */
export const models = signal<ReadonlyMap<string, ModelResource> | null>(null);
/** Why the list cannot be brought up to date; null while it can. */
export const modelsFailure = signal<SleapError | null>(null);

let isOpen = false;
/** Heard of since the reading of pages began, in the order of the news: newer than a page. null: it is gone. */
let heard = new Map<string, ModelResource | null>();
let reading = new AbortController();
let frame = 0;

/** Opens the list for whoever reads `models`; call it when a view is shown. */
export function openModels(): void {
  if (isOpen) return;
  isOpen = true;
  openCountedStream({
    url: urlOf('/api/models/events?events=model,deleted'),
    on: {
      ready: () => void readPages(),
      model: data => takeModel(data as ModelResource),
      deleted: data => forgetModel((data as { model_uid: string }).model_uid),
    },
    onConnection: now => {
      // The stream itself does not say why it broke; a request does. When it is back, `ready` has the pages read once more.
      if (now === 'reconnecting' && modelsFailure.peek() === null) void readPages();
    },
    onRefused: () => void readPages(),
  });
}

/** Puts in what an answer to a request said, before the stream does. */
export function takeModel(model: ModelResource): void {
  heard.set(model.model_uid, model);
  drawSoon();
}

/** Takes a model out at once, before the stream says so. */
export function forgetModel(uid: string): void {
  heard.set(uid, null);
  drawSoon();
}

async function readPages(): Promise<void> {
  reading.abort();
  reading = new AbortController();
  heard = new Map();
  const { signal } = reading;
  try {
    const read = new Map<string, ModelResource>();
    for await (const model of client.models({ limit: PAGE_MODELS, signal })) read.set(model.model_uid, model);
    modelsFailure.value = null;
    models.value = withNews(read);
  } catch (thrown) {
    if (!signal.aborted) modelsFailure.value = asFailure(thrown);
  }
}

/** Once for all that comes before the next frame. */
function drawSoon(): void {
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(() => {
    if (models.peek() !== null) models.value = withNews(models.peek()!);
  });
}

function withNews(known: ReadonlyMap<string, ModelResource>): Map<string, ModelResource> {
  const merged = new Map(known);
  for (const [uid, model] of heard) {
    if (model === null) merged.delete(uid);
    else merged.set(uid, model);
  }
  return merged;
}
