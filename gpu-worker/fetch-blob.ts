/** Brings a blob from the store into a file of the task's scratch folder, in constant memory. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TaskContext } from './task-context.ts';

export async function fetchBlob(
  { blobs, signal }: Pick<TaskContext, 'blobs' | 'signal'>,
  id: string,
  path: string,
): Promise<void> {
  await pipeline(Readable.from(blobs.read(id)), createWriteStream(path), { signal });
}
