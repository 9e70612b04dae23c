/** A refused training_config as an error: a sentence that names every faulty field, and a JSON pointer for each. */
import type { ZodError } from 'zod';
import { AppError } from '../errors.ts';

export interface ConfigFault {
  /** Inside training_config. */
  path: PropertyKey[];
  detail: string;
}

export function configFault(faults: ConfigFault[], { remedy = '' } = {}): AppError {
  const named = faults.map(({ path, detail }) => ({ path: ['training_config', ...path], detail }));
  const sentence = named.map(({ path, detail }) => `${path.join('.')}: ${detail}`).join('; ');
  const errors = named.map(({ path, detail }) => ({ pointer: `/${path.join('/')}`, detail }));
  return new AppError('invalid_request', sentence, { errors, ...(remedy && { remedy }) });
}

/** What trainingConfigSchema found. */
export function schemaFault({ issues }: ZodError): AppError {
  return configFault(issues.map(({ path, message }) => ({ path, detail: message })));
}
