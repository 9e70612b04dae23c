/**
 * The examples in the API's description are requests that are made here, again on every run, and the answers they get.
 * After a change on purpose `npm run openapi:examples` writes them anew.
 */

import { beforeAll, expect, it } from 'vitest';
import type { ZodType } from 'zod';
import type { RecordedExample } from '../../src/http/examples.ts';
import { appToDescribe } from '../../src/serve/write-openapi.ts';
import { useApi } from '../support/api.ts';
import { haveSession, type MadeRequest } from '../support/api-session.ts';
import { useDatabase } from '../support/database.ts';
import { steadyValues } from '../support/steady-values.ts';

const FILE = '../../src/http/examples.json';
const database = useDatabase();
const api = useApi(database);
let examples: Record<string, RecordedExample[]> = {};

interface Described {
  method: string;
  path: string;
  operationId: string;
  request?: { body?: { content: Content } };
  responses: Record<string, { content?: Content }>;
}
type Content = Record<string, { schema: unknown }>;

const OPERATIONS = appToDescribe().openAPIRegistry.definitions.flatMap(definition =>
  definition.type === 'route' ? [definition.route as unknown as Described] : [],
);

/** The schema of what is sent or answered as JSON; undefined where that is a file or not described. */
function jsonSchema(content: Content | undefined): ZodType | undefined {
  const [, { schema } = {}] =
    Object.entries(content ?? {}).find(([type]) => /^application\/([\w-]+\+)?json$/.test(type)) ?? [];
  return typeof schema === 'object' && schema !== null && 'safeParse' in schema ? (schema as ZodType) : undefined;
}

function operationOf({ method, path }: MadeRequest): Described | undefined {
  const named = (template: string) => template.replaceAll(/\{\w+\}/g, '[^/]+').replaceAll('.', '\\.');
  const matching = OPERATIONS.filter(
    operation =>
      operation.method.toUpperCase() === method &&
      new RegExp(`^${named(operation.path)}$`).test(path.replace(/\?.*/, '')),
  );
  // The one with the fewest parameters, as /models/events beside /models/{uid}.
  return matching.sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
}

/** By operation: the first request that succeeded, and the first for each error. */
function toExamples(made: readonly MadeRequest[]): Record<string, RecordedExample[]> {
  const byOperation: Record<string, RecordedExample[]> = {};
  const steady = steadyValues();
  for (const { method, path, ...recorded } of made) {
    const example = steady(recorded) as RecordedExample;
    const operation = operationOf({ method, path, ...recorded });
    if (!operation || !jsonSchema(operation.responses[example.status]?.content)) continue;
    const known = (byOperation[operation.operationId] ??= []);
    if (!known.some(({ status }) => status === example.status)) known.push(example);
  }
  return byOperation;
}

beforeAll(async () => {
  examples = toExamples(await haveSession(database, api));
});

it('the examples are what the API answers today (if it changed on purpose: npm run openapi:examples)', async () => {
  await expect(`${JSON.stringify(examples, null, 2)}\n`).toMatchFileSnapshot(FILE);
});

it('every operation that answers JSON has an example of success', () => {
  const without = OPERATIONS.filter(({ operationId, responses }) => {
    const speaksJson = Object.entries(responses).some(([status, { content }]) => +status < 300 && jsonSchema(content));
    return speaksJson && !examples[operationId]?.some(({ status }) => status < 300);
  });
  expect(without.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
});

it('every example fits its description, which leaves nothing of it out', () => {
  let checked = 0;
  for (const { operationId, request, responses } of OPERATIONS)
    for (const example of examples[operationId] ?? []) {
      const answered = jsonSchema(responses[example.status]?.content);
      expect(answered?.safeParse(example.answer), `${operationId} ${example.status}`).toEqual({
        ...{ success: true, data: example.answer },
      });
      const sent = example.status < 300 && jsonSchema(request?.body?.content);
      if (sent) expect(sent.safeParse(example.request).error, `${operationId} request`).toBeUndefined();
      checked++;
    }
  expect(checked).toBeGreaterThan(2);
});
