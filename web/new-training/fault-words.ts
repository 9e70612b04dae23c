/** What is wrong with a field, in a few words. The contract and the service say it in English; what their checks have in common has words here. */
import { words } from '../language/language.ts';
import type { Fault } from './config-values.ts';

const t = words({
  en: {
    number: 'must be a number',
    whole: 'must be a whole number',
    least: (bound: number) => `must be at least ${bound}`,
    most: (bound: number) => `must be at most ${bound}`,
    above: (bound: number) => `must be above ${bound}`,
    below: (bound: number) => `must be below ${bound}`,
    other: (detail: string) => detail,
  },
  ru: {
    number: 'нужно число',
    whole: 'нужно целое число',
    least: (bound: number) => `не меньше ${bound}`,
    most: (bound: number) => `не больше ${bound}`,
    above: (bound: number) => `больше ${bound}`,
    below: (bound: number) => `меньше ${bound}`,
    other: (detail: string) => `не подходит: ${detail}`,
  },
});

/** @param fault the contract's own codes (zod) have words; a sentence of the service stays as it is. */
export function faultText({ code, bound, detail }: Fault): string {
  const word = t();
  if (code === 'too_small' && bound !== null) return (detail.includes('>=') ? word.least : word.above)(bound);
  if (code === 'too_big' && bound !== null) return (detail.includes('<=') ? word.most : word.below)(bound);
  if (code === 'invalid_type') return /\bint\b/.test(detail) ? word.whole : word.number;
  return word.other(detail);
}
