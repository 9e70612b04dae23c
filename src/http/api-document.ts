/** The API's description as a value, as far as it is read here: openapi.ts makes it, and examples are put into it. */

export type JsonSchema = Record<string, unknown>;

interface Operation {
  operationId?: string;
  parameters?: unknown[];
  requestBody?: { content: Record<string, JsonSchema> };
  responses: Record<string, { content?: Record<string, JsonSchema> }>;
}
/** By path, or by name of a message, and then by method. */
export type PathItems = Record<string, Record<string, Operation>>;

export interface ApiDocument {
  openapi: string;
  info: { version: string };
  paths: PathItems;
  webhooks: PathItems;
  components: { schemas: Record<string, JsonSchema> };
}
