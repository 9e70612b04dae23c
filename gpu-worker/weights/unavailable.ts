/**
 * The one error of weights that cannot be had: always with network, URL, hash and folder, so that a person can get the file elsewhere.
 */
import { AppError } from '../../src/errors.ts';
import type { PublishedWeights } from './catalog.ts';

/** What to do where a host cannot download. */
const IMPORT =
  'If this host has no internet access, download the file on another one, copy it here and run: npm run weights -- import FILE';

/**
 * @param why a clause without a full stop, after "could not be had:".
 * @param remedy a sentence; absent: how to bring the file in by hand.
 */
export function unavailable(
  published: PublishedWeights,
  dir: string,
  why: string,
  { remedy = IMPORT, cause }: { remedy?: string; cause?: unknown } = {},
): AppError {
  const { network, file, url, hash, megabytes } = published;
  const proof = hash ? `${hash.kind} ${hash.hex}` : 'no hash is published';
  return new AppError(
    'weights_unavailable',
    `The ImageNet weights of ${network} could not be had: ${why}. The file is ${file} (about ${megabytes} MB, ${proof}), published at ${url}; it belongs into the folder ${dir}.`,
    { remedy, ...(cause !== undefined && { cause }) },
  );
}
