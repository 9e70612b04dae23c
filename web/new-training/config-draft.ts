/** What stands in the form, and what the contract and the service find wrong with it. Kept for the tab. */
import { computed, effect, signal } from '@preact/signals';
import type { SleapError } from '../../client/sleap-error.ts';
import { checkConfig, type Fault, type SentConfig } from './config-values.ts';
import { keepDraft, recallDraft } from './kept-draft.ts';
import { PRESET_CONFIGS } from './presets.ts';

/** What becomes of the model that the form was opened from. */
export type Basis =
  /** A new network; the other model lent its configuration, or there is none. */
  | 'new'
  /** Its weights go on, with its dataset or with the one that is sent. */
  | 'resumeSame'
  | 'resumeOther';

export const config = signal<SentConfig>(recallDraft('config') ?? PRESET_CONFIGS.usual);
export const modelName = signal<string>(recallDraft('name') ?? '');
export const tagsText = signal<string>(recallDraft('tags') ?? '');
export const basis = signal<Basis>(recallDraft('basis') ?? 'new');
/** model_uid of the address; null: the form was opened by itself. */
export const from = signal<string | null>(recallDraft('from'));

effect(() => keepDraft('config', config.value));
effect(() => keepDraft('name', modelName.value));
effect(() => keepDraft('tags', tagsText.value));
effect(() => keepDraft('basis', basis.value));
effect(() => keepDraft('from', from.value));

export const checked = computed(() => checkConfig(config.value));

/** Of the last answer, and only as long as the configuration is as it was sent. */
const refused = signal<{ config: SentConfig; faults: Fault[] } | null>(null);

export function takeRefusal(sent: SentConfig, errors: SleapError['errors']): void {
  const faults = errors.map(({ pointer, detail }) => {
    const within = pointer.replace(/^\/training_config/, '');
    return { pointer: within, detail, code: null, bound: null };
  });
  refused.value = { config: sent, faults };
}

/** By JSON pointer into training_config. */
export const faults = computed<ReadonlyMap<string, Fault>>(() => {
  const ofService = refused.value?.config === config.value ? refused.value.faults : [];
  return new Map([...ofService, ...checked.value.faults].map(fault => [fault.pointer, fault]));
});

/** Words parted by commas, each once. */
export const tags = computed(() => [...new Set(tagsText.value.split(',').map(tag => tag.trim()))].filter(Boolean));
