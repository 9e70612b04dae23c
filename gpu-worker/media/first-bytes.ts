/**
 * The first bytes of a file, which tell what a dataset arrived as (contract/archive-kind.ts): an archive, or an HDF5 file (.slp, .pkg.slp) without
 * any archive around it. Whether the file is whole is for its reader to say.
 */
import { open } from 'node:fs/promises';
import { FIRST_BYTES, isHdf5Start } from '../../src/contract/archive-kind.ts';

/** Whether the file at `path` begins as HDF5; false for an archive whose first file is one. @throws the error of node:fs. */
export async function isHdf5(path: string): Promise<boolean> {
  return isHdf5Start(await firstBytes(path));
}

/** The first FIRST_BYTES of a file, or all there are. @throws the error of node:fs. */
export async function firstBytes(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(new Uint8Array(FIRST_BYTES), 0, FIRST_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
