/** A refused configuration as an error: a sentence that names every faulty field, and a JSON pointer for each. */
import type { ZodError } from 'zod';
import { AppError } from '../errors.ts';

/** The member of a request that a configuration is sent as; null: the request itself. */
export type ConfigMember = 'training_config' | 'inference_config' | 'overlay_config' | null;

export interface ConfigFault {
  /** Inside the configuration. */
  path: PropertyKey[];
  detail: string;
}

export function configFault(member: ConfigMember, faults: ConfigFault[], { remedy = '' } = {}): AppError {
  const named = faults.map(({ path, detail }) => ({ path: member === null ? path : [member, ...path], detail }));
  const sentence = named.map(({ path, detail }) => [path.join('.'), detail].filter(Boolean).join(': ')).join('; ');
  const errors = named.map(({ path, detail }) => ({ pointer: path.map(name => `/${String(name)}`).join(''), detail }));
  return new AppError('invalid_request', sentence, { errors, ...(remedy && { remedy }) });
}

/** What a schema of src/contract found. */
export function schemaFault(member: ConfigMember, { issues }: ZodError): AppError {
  return configFault(
    member,
    issues.map(({ path, message }) => ({ path, detail: message })),
  );
}
