/**
 * Which upload belongs to which file, kept in this browser: a file that is dropped again after the page was closed goes on where it was. The service
 * lets go of an upload after a day without a piece, and older entries are forgotten here as well.
 */
import { recall, remember } from '../frame/remembered.ts';

const KEPT_AS = 'uploads';
const KEPT_MS = 24 * 3600 * 1000;
const MOST = 20;

interface Kept {
  fingerprint: string;
  uploadId: string;
  atMs: number;
}

/** Of a file as it is: no two files of a lab share all three. */
export function fingerprintOf({ name, size, lastModified }: Pick<File, 'name' | 'size' | 'lastModified'>): string {
  return `${size} ${lastModified} ${name}`;
}

/** @returns undefined when it is new here. */
export function recallUpload(fingerprint: string, nowMs = Date.now()): string | undefined {
  return readKept(nowMs).find(kept => kept.fingerprint === fingerprint)?.uploadId;
}

/** @param uploadId null: it is gone. */
export function rememberUpload(fingerprint: string, uploadId: string | null, nowMs = Date.now()): void {
  const others = readKept(nowMs).filter(kept => kept.fingerprint !== fingerprint);
  const kept = uploadId === null ? others : [{ fingerprint, uploadId, atMs: nowMs }, ...others].slice(0, MOST);
  remember(KEPT_AS, JSON.stringify(kept));
}

function readKept(nowMs: number): Kept[] {
  try {
    const kept: Kept[] = JSON.parse(recall(KEPT_AS) ?? '[]');
    return kept.filter(({ atMs }) => nowMs - atMs < KEPT_MS);
  } catch {
    return []; // written by something else
  }
}
