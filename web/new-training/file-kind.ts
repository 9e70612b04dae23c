/** What a single file is, by its first bytes and as the service will see it: a name says nothing. */
import { type ArchiveKind, archiveKind, FIRST_BYTES, isHdf5Start } from '../../src/contract/archive-kind.ts';

/** @returns null: the service would refuse it. */
export async function kindOfFile(file: Blob): Promise<ArchiveKind | 'hdf5' | null> {
  const start = new Uint8Array(await file.slice(0, FIRST_BYTES).arrayBuffer());
  return isHdf5Start(start) ? 'hdf5' : archiveKind(start);
}
