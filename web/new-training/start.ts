/**
 * Queues the training that stands in the form. A key of its own goes with each state of the form, so that pressing twice, or again after an answer
 * got lost, makes one training.
 */
import type { TrainingConfigInput } from '../../src/contract/training.ts';
import { client } from '../api/client.ts';
import { randomKey } from '../api/random-key.ts';
import type { Basis } from './config-draft.ts';
import type { SentConfig } from './config-values.ts';

export interface Order {
  config: SentConfig;
  basis: Basis;
  /** model_uid to go on from. */
  from: string | null;
  /** null: the dataset of that model. */
  checkId: string | null;
  name: string;
  tags: string[];
}

let keyed = { state: '', key: '' };

/** @returns the model_uid. @throws SleapError. */
export async function startTraining({ config, basis, from, checkId, name, tags }: Order): Promise<string> {
  const sent = basis === 'new' ? config : { ...config, resume_from: from };
  const source = checkId === null ? null : { check_id: checkId };
  const idempotencyKey = keyFor(JSON.stringify([sent, checkId]));
  const { model_uid: uid } = await client.train(source, sent as TrainingConfigInput, { idempotencyKey });
  if (name.trim() !== '' || tags.length > 0) await client.changeModel(uid, { name: name.trim() || null, tags });
  // The same once more is another training from here on.
  keyed = { state: '', key: '' };
  return uid;
}

function keyFor(state: string): string {
  if (keyed.state !== state) keyed = { state, key: randomKey() };
  return keyed.key;
}
