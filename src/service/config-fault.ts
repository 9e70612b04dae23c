/** A refused training_config as an error: a sentence that names every faulty field, and a JSON pointer for each. */
import type { ZodError } from 'zod';
import { NOT_AVAILABLE_YET } from '../contract/training.ts';
import { AppError } from '../errors.ts';

export interface ConfigFault {
  /** Inside training_config. */
  path: PropertyKey[];
  detail: string;
}

export function configFault(
  faults: ConfigFault[],
  { code = 'invalid_request' as 'invalid_request' | 'not_available_yet', remedy = '' } = {},
): AppError {
  const named = faults.map(({ path, detail }) => ({ path: ['training_config', ...path], detail }));
  const sentence = named.map(({ path, detail }) => `${path.join('.')}: ${detail}`).join('; ');
  const errors = named.map(({ path, detail }) => ({ pointer: `/${path.join('/')}`, detail }));
  return new AppError(code, sentence, { errors, ...(remedy && { remedy }) });
}

/** What trainingConfigSchema found. */
export function schemaFault({ issues }: ZodError): AppError {
  const notYet = issues.some(issue => issue.code === 'custom' && issue.params?.reason === NOT_AVAILABLE_YET);
  return configFault(
    issues.map(({ path, message }) => ({ path, detail: message })),
    { code: notYet ? 'not_available_yet' : 'invalid_request' },
  );
}
