/**
 * The named schemas of the API's description (`components.schemas`), written by zod itself (JSON Schema 2020-12, which OpenAPI 3.1 takes as it is).
 *
 * @hono/zod-openapi writes them too, and wrongly where one is optional or described anew at the place of use: the component itself becomes
 * nullable, or its text is repeated there. A schema that a request carries is written as a client may send it (defaults may be left out), any
 * other as the service answers it.
 */
import { z } from 'zod';
import type { JsonSchema } from './api-document.ts';

const PREFIX = '#/components/schemas/';

/**
 * @param sent whatever of the document describes requests, as JSON. @param answered the same of answers.
 * @returns every schema they name, and those which these name in turn, in the order of the alphabet.
 */
export function componentSchemas(sent: unknown, answered: unknown): Record<string, JsonSchema> {
  const input = written('input');
  const output = written('output');
  const inputNames = namesWithin(sent, input);
  const outputNames = namesWithin(answered, output);
  const names = [...new Set([...inputNames, ...outputNames])].sort();
  return Object.fromEntries(names.map(name => [name, (inputNames.has(name) ? input : output)[name]!]));
}

function written(io: 'input' | 'output'): Record<string, JsonSchema> {
  const { schemas } = z.toJSONSchema(z.globalRegistry, {
    io,
    uri: id => PREFIX + id,
    // Of what a transform gives there is no description; only requests have some.
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      // The pattern of an id or a time says what its format does.
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
      // What a number of JavaScript can hold is no range of the service's.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      const { def } = zodSchema._zod;
      // A later version may add members to an answer; only strict objects are closed.
      if (def.type === 'object' && def.catchall === undefined) delete jsonSchema.additionalProperties;
    },
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _, $id: __, id: ___, ...schema }]) => [id, schema]),
  );
}

/** Names of the components that a part of a document leads to, directly or through others. */
function namesWithin(part: unknown, schemas: Record<string, JsonSchema>): Set<string> {
  const names = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, member] of Object.entries(value)) {
      if (key !== '$ref' || typeof member !== 'string' || !member.startsWith(PREFIX)) visit(member);
      else if (!names.has(member.slice(PREFIX.length))) {
        names.add(member.slice(PREFIX.length));
        visit(schemas[member.slice(PREFIX.length)]);
      }
    }
  };
  visit(part);
  return names;
}
