/** The description of the API: committed as it is served, complete, and without loose ends. That it is valid OpenAPI was checked with validators. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { WEBHOOK_EVENTS } from '../../src/contract/webhook.ts';
import { openApiText } from '../../src/serve/write-openapi.ts';

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
const text = openApiText();
const document = JSON.parse(text);

interface Operation {
  operationId?: string;
  summary?: string;
  tags?: string[];
  parameters?: { name: string; description?: string }[];
  security?: unknown[];
  responses: Record<string, { description?: string }>;
}
const operations: [string, Operation][] = Object.entries<Record<string, Operation>>(document.paths).flatMap(
  ([path, item]) =>
    Object.entries(item).map(([method, operation]): [string, Operation] => [`${method} ${path}`, operation]),
);

/** Every object within the document that has the member. */
function* having(member: string, value: unknown = document): Generator<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return;
  if (Object.hasOwn(value, member)) yield value as Record<string, unknown>;
  for (const [key, inner] of Object.entries(value)) if (key !== 'example') yield* having(member, inner);
}

it('docs/openapi.json is what the routes give (else run: npm run openapi)', () => {
  expect(text === read('docs/openapi.json'), 'docs/openapi.json is not up to date. Run: npm run openapi').toBe(true);
});

it('it has the version of the package', () => {
  expect(document.info.version).toBe(JSON.parse(read('package.json')).version);
});

it('every property of every named schema is described, or is one that is', () => {
  const bare: string[] = [];
  let seen = 0;
  const visit = (schema: Record<string, unknown>, place: string) => {
    for (const [name, member] of Object.entries((schema.properties ?? {}) as Record<string, typeof schema>)) {
      seen++;
      if (member.description === undefined && member.$ref === undefined) bare.push(`${place}.${name}`);
      visit(member, `${place}.${name}`);
    }
    const inner = [schema.items, schema.additionalProperties, ...((schema.anyOf as unknown[]) ?? [])];
    for (const part of inner) if (typeof part === 'object' && part !== null) visit(part as typeof schema, place);
  };
  for (const [name, schema] of Object.entries<Record<string, unknown>>(document.components.schemas)) {
    if (schema.description === undefined) bare.push(name);
    visit(schema, name);
  }
  expect(bare).toEqual([]);
  expect(seen).toBeGreaterThan(20);
});

it('every reference leads to a schema', () => {
  const names = [...having('$ref')].map(({ $ref }) => String($ref).replace('#/components/schemas/', ''));
  expect(names.filter(name => !Object.hasOwn(document.components.schemas, name))).toEqual([]);
  expect(names).toContain('Problem');
});

it('every operation has an id of its own, a summary, a known tag, and described parameters and answers', () => {
  const ids = operations.map(([, { operationId }]) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  const tags = document.tags.map(({ name }: { name: string }) => name);
  for (const [name, { operationId, summary, tags: own = [], parameters = [], security, responses }] of operations) {
    expect([operationId, summary], name).not.toContain(undefined);
    expect(own.length, name).toBeGreaterThan(0);
    for (const tag of own) expect(tags, name).toContain(tag);
    for (const { name: parameter, description } of parameters) expect(description, `${name} ${parameter}`).toBeTruthy();
    for (const [status, { description }] of Object.entries(responses))
      expect(description, `${name} ${status}`).toBeTruthy();
    // Those without a key answer with less.
    if (!security) expect(Object.keys(responses), name).toEqual(expect.arrayContaining(['401', '500']));
  }
});

it('tells which messages a webhook sends', () => {
  const payload = document.components.schemas.WebhookPayload;
  expect(payload.properties.type.enum).toEqual(WEBHOOK_EVENTS);
  expect(document.webhooks.task.post.requestBody.content['application/json'].schema.$ref).toMatch(/WebhookPayload$/);
});
