/**
 * English and Russian. A view keeps its words beside itself, both languages in one table, so that a word cannot be forgotten: `ru` must have
 * the shape of `en`. Reading words while a component renders makes it render again when the language changes.
 */
import { signal } from '@preact/signals';
import { recall, remember } from '../frame/remembered.ts';

export const LANGUAGES = { en: 'English', ru: 'Русский' } as const;
export type Language = keyof typeof LANGUAGES;

const KEPT_AS = 'language';

/** The reader's choice, else the first of the browser's languages that there is. */
export const language = signal<Language>(firstKnown([recall(KEPT_AS), ...(globalThis.navigator?.languages ?? [])]));

export function chooseLanguage(chosen: Language): void {
  remember(KEPT_AS, chosen);
  language.value = chosen;
}

/** @returns a function that gives the words in the present language. */
export function words<Words>(table: { en: Words; ru: NoInfer<Words> }): () => Words {
  return () => table[language.value];
}

const pluralRules = { en: new Intl.PluralRules('en'), ru: new Intl.PluralRules('ru') };

/**
 * The form of a noun that goes with a number, by the rules of the present language: `forms(2, 'epoch', 'epochs')`,
 * `forms(2, 'эпоха', 'эпохи', 'эпох')`.
 */
export function forms(count: number, one: string, few: string, many = few): string {
  const rule = pluralRules[language.value].select(count);
  return rule === 'one' ? one : rule === 'few' ? few : many;
}

function firstKnown(tags: readonly (string | null)[]): Language {
  for (const tag of tags) {
    const found = Object.keys(LANGUAGES).find(known => tag?.toLowerCase().split('-')[0] === known);
    if (found) return found as Language;
  }
  return 'en';
}
