/**
 * Schemas of src/contract as a client has to fill them in, in the words of OpenAPI 3.1 (JSON Schema 2020-12): fields with a default may be
 * left out. For bodies that stream and are checked by the service, which is why they cannot be handed over as zod schemas.
 */
import { type ZodType, z } from 'zod';

/** As much of a JSON Schema as bodies are written down with; what is made from a contract has more in it. */
export interface SentSchema {
  $ref?: string;
  type?: 'object' | 'string';
  title?: string;
  description?: string;
  format?: string;
  contentEncoding?: string;
  properties?: Record<string, SentSchema>;
  required?: string[];
  additionalProperties?: boolean;
  anyOf?: SentSchema[];
}

/** Names of components are left out: they would become references into a place that the description does not have. */
class MetaWithoutIds extends z.core.$ZodRegistry<z.core.GlobalMeta> {
  override get<S extends z.core.$ZodType>(schema: S) {
    const { id: _, ...meta } = z.globalRegistry.get(schema) ?? {};
    return meta as ReturnType<z.core.$ZodRegistry<z.core.GlobalMeta>['get']>;
  }
}

/** @param schema an object, or one that becomes another after it was checked. @returns its members and what is said of them. */
export function sentSchema(schema: ZodType): SentSchema & { properties: Record<string, SentSchema> } {
  const { $schema: _, ...plain } = z.toJSONSchema(schema, {
    io: 'input',
    metadata: new MetaWithoutIds(),
    override: ({ jsonSchema }) => {
      // The limits of exact whole numbers say nothing to a reader, nor does the pattern of a format that has a name.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
    },
  });
  return plain as ReturnType<typeof sentSchema>;
}
