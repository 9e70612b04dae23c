/**
 * Examples for the API's description. They are requests that were made and what was answered, kept in examples.json by
 * test/http/examples.test.ts, which makes them again and fails when they differ; `npm run openapi:examples` writes the file anew.
 */
import type { PathItems } from './api-document.ts';
import examples from './examples.json' with { type: 'json' };

export interface RecordedExample {
  /** JSON of the request; absent: it has none. */
  request?: unknown;
  status: number;
  /** JSON of the answer. */
  answer: unknown;
}

const EXAMPLES: Record<string, RecordedExample[]> = examples;

/** Puts each example beside the schema it is an example of: the operation's, and of the answer's status. */
export function addExamples(paths: PathItems): void {
  for (const { operationId = '', requestBody, responses } of Object.values(paths).flatMap(item => Object.values(item)))
    for (const { request, status, answer } of EXAMPLES[operationId] ?? []) {
      const sent = requestBody?.content['application/json'];
      if (request !== undefined && status < 400 && sent) sent.example ??= request;
      for (const answered of Object.values(responses[status]?.content ?? {})) answered.example ??= answer;
    }
}
