/** What a route may answer, in the words of OpenAPI: JSON of a schema of src/contract, a file, an event stream, and the errors it is known to give. */
import type { ZodType } from 'zod';
import { problemSchema } from '../contract/problem.ts';
import type { ErrorCode } from '../errors.ts';
import { ERROR_MEANINGS } from './error-meanings.ts';
import { STATUS, TITLES } from './problem.ts';

/** Those of every route: a key that is missing or wrong, and a defect of ours. */
const EVERYWHERE: readonly ErrorCode[] = ['unauthorized', 'internal'];

export function json<T extends ZodType>(schema: T, description: string) {
  return { description, content: { 'application/json': { schema } } };
}

/** @param types Content-Type of each shape the file may have. */
export function file(description: string, ...types: string[]) {
  const schema = { type: 'string' as const, format: 'binary' };
  return { description, content: Object.fromEntries(types.map(type => [type, { schema }])) };
}

/** @param event the schema of one event: OpenAPI 3.1 has no word for the items of a stream (3.2 has itemSchema). */
export function eventStream(description: string, event: ZodType) {
  return { description, content: Object.fromEntries([['text/event-stream', { schema: event }]]) };
}

/** One answer for each status, which lists the codes that come with it and what each means. */
export function problems(...codes: ErrorCode[]) {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of [...codes, ...EVERYWHERE]) {
    const status = STATUS[code] ?? 500;
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, sameStatus]) => [
      status,
      {
        description: `${TITLES[status]}. ${sameStatus.map(code => `\`${code}\`: ${ERROR_MEANINGS[code]}`).join(' ')}`,
        content: { 'application/problem+json': { schema: problemSchema } },
      },
    ]),
  );
}
