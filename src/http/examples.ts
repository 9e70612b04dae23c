/**
 * Examples for the API's description. They are requests that were made and what was answered, kept in examples.json by
 * test/http/examples.test.ts, which makes them again and fails when they differ; `npm run openapi:examples` writes the file anew.
 */
import type { JsonSchema, PathItems } from './api-document.ts';
import examples from './examples.json' with { type: 'json' };

export interface RecordedExample {
  /** JSON of the request; absent: it has none. */
  request?: unknown;
  status: number;
  /** JSON of the answer. */
  answer: unknown;
}

const JSON_TYPE = /^application\/([\w-]+\+)?json$/;
const EXAMPLES: Record<string, RecordedExample[]> = examples;

/** Puts each example beside the schema it is an example of: the operation's, and of the answer's status. */
export function addExamples(paths: PathItems): void {
  for (const { operationId = '', requestBody, responses } of Object.values(paths).flatMap(item => Object.values(item)))
    for (const { request, status, answer } of EXAMPLES[operationId] ?? []) {
      if (request !== undefined && status < 400) addTo(requestBody?.content, request);
      addTo(responses[status]?.content, answer);
    }
}

/** A form that carries the same has no example: a file is a part of it. */
function addTo(content: Record<string, JsonSchema> | undefined, example: unknown): void {
  for (const [type, media] of Object.entries(content ?? {})) if (JSON_TYPE.test(type)) media.example ??= example;
}
