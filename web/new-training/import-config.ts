/**
 * A configuration that was pasted or dropped: one of this service as it is, or as part of a model, or SLEAP's training_config.json, which lies
 * beside each of its models, and its training profiles, which are the same without keypoints.
 */
import { fromSleapJob } from '../../src/contract/sleap-job.ts';
import type { SentConfig } from './config-values.ts';

export interface ReadConfig {
  config: SentConfig;
  /** Of SLEAP's run; null: it has none, or is none of SLEAP. */
  name: string | null;
}

/** Of a text that cannot be taken; `sleap`: it is SLEAP's, and the message says why it does not fit. */
export class ConfigUnreadable extends Error {
  readonly why: 'notJson' | 'notAnObject' | 'sleap';

  constructor(why: 'notJson' | 'notAnObject' | 'sleap', message = '', options?: ErrorOptions) {
    super(message, options);
    this.why = why;
  }
}

/** @throws ConfigUnreadable */
export function readConfig(text: string): ReadConfig {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (cause) {
    throw new ConfigUnreadable('notJson', (cause as Error).message, { cause });
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read)) throw new ConfigUnreadable('notAnObject');
  const given = read as SentConfig;
  if ('model' in given || 'model_config' in given) return ofSleap(given);
  const own = given.training_config ?? given;
  if (typeof own !== 'object' || own === null) throw new ConfigUnreadable('notAnObject');
  return { config: { ...own }, name: typeof given.name === 'string' ? given.name : null };
}

function ofSleap(job: SentConfig): ReadConfig {
  try {
    const { training, name } = fromSleapJob(withKeypoints(job));
    return { config: { ...training }, name };
  } catch (cause) {
    throw new ConfigUnreadable('sleap', (cause as Error).message, { cause });
  }
}

/** A profile names no keypoints: those of the dataset are meant, so any name will do. */
function withKeypoints(job: SentConfig): SentConfig {
  const read = structuredClone(job) as {
    data?: { labels?: { skeletons?: unknown[] } };
    model?: { heads?: { single_instance?: { part_names?: unknown } | null } };
  };
  const head = read.model?.heads?.single_instance;
  if (head && !head.part_names && !read.data?.labels?.skeletons?.length) head.part_names = ['of the dataset'];
  return read as SentConfig;
}
