/**
 * The file of a request: sent with it, or named because the service has it already: an upload (its `blob_id`) or the dataset of a check
 * (its `check_id`). Both go as they were answered.
 */
import type { DatasetOptions } from '../src/contract/dataset.ts';

/** As `upload` and `uploadResumably` answer it. */
interface SentAhead {
  blob_id: string | null;
}

/** As `checkDataset` answers it. */
interface Checked {
  check_id: string;
}

export type FileSource = Blob | SentAhead;
export type DatasetSource = FileSource | Checked;

export interface FileOptions {
  /** Name of the file, for people and for the names of downloads; of a File its own, of an upload the one it came with. */
  fileName?: string | undefined;
}

/** How to read a dataset, in the names of the API. */
export interface DatasetSettings extends DatasetOptions, FileOptions {}

interface Members {
  /** Of the form's part that is the file. */
  part: string;
  /** Of what stands in its place. */
  blob: string;
}

/**
 * The body of a request: a form where the file goes along, JSON where it is named. What is undefined is left out.
 * @param source null: the request has no file of its own, as a training that goes on from another.
 */
export function bodyWith(
  source: DatasetSource | null,
  { part, blob }: Members,
  fields: Record<string, unknown>,
  fileName?: string,
): FormData | Record<string, unknown> {
  if (source === null) return fields;
  if (!(source instanceof Blob))
    return 'check_id' in source ? { ...fields, check_id: source.check_id } : { ...fields, [blob]: source.blob_id };
  const form = new FormData();
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined) form.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  form.set(part, source, fileName ?? (source as { name?: string }).name ?? part);
  return form;
}
