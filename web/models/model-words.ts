/** What a model is called and what it is, in a word: for lists, titles and choices. */
import { DEFAULT_ENCODER } from '../../src/contract/encoders.ts';
import type { ModelResource } from '../../src/contract/model.ts';
import { type Status, statusOf } from '../language/state-words.ts';

/** The first group of a UUID: enough to tell models apart by eye. */
export function shortUid(uid: string): string {
  return uid.slice(0, 8);
}

/** Its name, else the beginning of its uid. */
export function titleOf({ name, model_uid }: Pick<ModelResource, 'name' | 'model_uid'>): string {
  return name ?? shortUid(model_uid);
}

/** Its encoder or its backbone, or that it is an import whose files have not been read. */
export function kindOf({ training_config: config }: Pick<ModelResource, 'training_config'>): string {
  const { backbone_model: backbone, pretrained_encoder: encoder, backbone_config: own } = config;
  if (typeof backbone !== 'string') return 'import';
  if (backbone !== 'pretrained_encoder') return backbone;
  return String(encoder ?? (own as { encoder?: unknown } | undefined)?.encoder ?? DEFAULT_ENCODER);
}

export function modelStatus(model: Pick<ModelResource, 'state' | 'control' | 'stopped_early' | 'origin'>): Status {
  return statusOf(model, model.origin === 'import' ? 'import' : 'train');
}
