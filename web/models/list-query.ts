/**
 * Which models the list shows and in what order, as the query of its address says: `#/?text=mouse&state=active,failed&tag=day 3&sort=-best`.
 * The whole list is in the browser, so this costs no request. Pure functions.
 */
import type { ModelResource } from '../../src/contract/model.ts';
import type { TaskState } from '../../src/contract/task.ts';
import { isEnded } from '../language/state-words.ts';
import { endRulesOf } from '../training/training-log.ts';
import { kindOf, titleOf } from './model-words.ts';

export const SORTS = ['state', 'name', 'progress', 'val_loss', 'best', 'pixel_error', 'duration', 'created'] as const;
export type SortName = (typeof SORTS)[number];

const STATE_ORDER: Record<TaskState, number> = { active: 0, queued: 1, failed: 2, succeeded: 3, canceled: 4 };
/** By what goes on. Those of the contract come with its schemas, which the first view does not wait for. */
export const STATES = Object.keys(STATE_ORDER) as TaskState[];

export interface ListQuery {
  /** Words that all must be found in the name, the uid, the kind or a tag. */
  text: string;
  /** Empty: all. */
  states: readonly TaskState[];
  tag: string | null;
  sort: { by: SortName; isDescending: boolean };
}

/** What is not part of a model itself. */
export interface BesideModels {
  /** Lowest val_loss; null: not known. */
  bestOf: (uid: string) => number | null;
  /** By the server's clock. */
  nowMs: number;
}

const NEWEST_FIRST = '-created';

/** What is misspelt in the query counts as not said. */
export function readListQuery(query: URLSearchParams): ListQuery {
  const [, minus, name] = /^(-?)(.*)$/.exec(query.get('sort') ?? NEWEST_FIRST)!;
  const by = SORTS.find(known => known === name);
  const states = query.get('state')?.split(',') ?? [];
  return {
    text: query.get('text') ?? '',
    states: STATES.filter(state => states.includes(state)),
    tag: query.get('tag'),
    sort: by ? { by, isDescending: minus === '-' } : { by: 'created', isDescending: true },
  };
}

/** As replaceQuery takes it: what is as usual is left out. */
export function writeListQuery({ text, states, tag, sort }: ListQuery): Record<string, string | null> {
  const order = `${sort.isDescending ? '-' : ''}${sort.by}`;
  return {
    text: text || null,
    state: states.join(',') || null,
    tag,
    sort: order === NEWEST_FIRST ? null : order,
  };
}

/** Uids of the models that fit, in order. What a model does not have sorts last, whichever way. */
export function listedUids(
  models: Iterable<ModelResource>,
  { text, states, tag, sort }: ListQuery,
  beside: BesideModels,
): string[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const keyed = [...models]
    .filter(model => states.length === 0 || states.includes(model.state))
    .filter(model => tag === null || model.tags.includes(tag))
    .filter(model => words.length === 0 || hasWords(model, words))
    .map(model => ({ model, key: sortKey(model, sort.by, beside) }));
  const direction = sort.isDescending ? -1 : 1;
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) {
      if (a.key !== b.key) return a.key === null ? 1 : -1;
    } else if (a.key !== b.key) {
      const order = typeof a.key === 'string' ? collator.compare(a.key, b.key as string) : a.key - (b.key as number);
      if (order !== 0) return order * direction;
    }
    return newestFirst(a.model, b.model);
  });
  return keyed.map(({ model }) => model.model_uid);
}

/** Every tag there is, the most used first. */
export function tagsOf(models: Iterable<ModelResource>): string[] {
  const counts = new Map<string, number>();
  for (const { tags } of models) for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || collator.compare(a, b)).map(([tag]) => tag);
}

/** Wall time since a worker first began it, up to its end or now; null: it waits. */
export function durationSeconds(
  { started_training_at: start, finished_training_at: end }: ModelResource,
  nowMs: number,
): number | null {
  if (start === null) return null;
  return Math.max(0, ((end === null ? nowMs : Date.parse(end)) - Date.parse(start)) / 1000);
}

const collator = new Intl.Collator(undefined, { numeric: true });

function hasWords(model: ModelResource, words: readonly string[]): boolean {
  const text = [titleOf(model), model.model_uid, kindOf(model), ...model.tags].join('\n').toLowerCase();
  return words.every(word => text.includes(word));
}

function sortKey(model: ModelResource, by: SortName, { bestOf, nowMs }: BesideModels): number | string | null {
  switch (by) {
    case 'state':
      // Of those that wait the next one first.
      return STATE_ORDER[model.state] + (model.waiting_before ?? 0) / 1e6;
    case 'name':
      return model.name?.toLowerCase() ?? null;
    case 'progress': {
      if (isEnded(model.state)) return model.epochs === 0 ? null : 1;
      return model.epochs / (endRulesOf(model.training_config).maxEpochs ?? Number.POSITIVE_INFINITY);
    }
    case 'val_loss':
      return model.last_epoch?.val_loss ?? null;
    case 'best':
      return bestOf(model.model_uid);
    case 'pixel_error':
      return model.pixel_error?.median ?? null;
    case 'duration':
      return durationSeconds(model, nowMs);
    case 'created':
      return Date.parse(model.created_at);
  }
}

function newestFirst(a: ModelResource, b: ModelResource): number {
  return b.created_at.localeCompare(a.created_at) || a.model_uid.localeCompare(b.model_uid);
}
