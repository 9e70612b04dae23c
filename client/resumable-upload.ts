/**
 * A file sent ahead in pieces by the tus protocol 1.0 (tus.io/protocols/resumable-upload), which the service speaks at /api/uploads. When the
 * line breaks, HEAD tells how many bytes have arrived, and the next piece begins there. A piece is read from the file while it is sent, so
 * that no more than a piece is ever held. Leaves out checksums of pieces: the service tells the SHA-256 of the whole.
 */
import type { UploadResource } from '../src/contract/upload.ts';
import { pause } from './pause.ts';
import { type CallOptions, isPassing, pauseMs, type Requests } from './requests.ts';
import { SleapError } from './sleap-error.ts';

/** What is read piece by piece: a Blob or File, or anything of the kind that knows its size. */
export interface SlicedFile {
  /** Bytes. */
  readonly size: number;
  /** From the first byte to before the last. */
  slice(startByte: number, endByte: number): Blob;
}

export interface ResumableOptions extends CallOptions {
  /** Name of the file; of a File its own. */
  fileName?: string | undefined;
  /** Goes on with an upload that an earlier program began. */
  uploadId?: string;
  /** Told once, so that another program could go on. */
  onStart?: (uploadId: string) => void;
  onProgress?: (sentBytes: number, totalBytes: number) => void;
  /** Bytes a request; default: 64 MiB. */
  pieceBytes?: number;
}

const VERSION = { 'Tus-Resumable': '1.0.0' };
const PIECE_BYTES = 64 * 2 ** 20;
/** Tries in a row that brought nothing: some four minutes. */
const MOST_FAILURES = 12;
/** Another request writes, the upload stands elsewhere, or a piece was cut off: HEAD tells more. */
const LOOK_AGAIN = [409, 423];

/** @throws SleapError when the service refuses, or could not be reached for some minutes; the signal's reason. */
export async function sendResumably(
  requests: Requests,
  file: SlicedFile,
  options: ResumableOptions = {},
): Promise<UploadResource> {
  const { signal, onStart, onProgress, pieceBytes = PIECE_BYTES } = options;
  const known = options.uploadId;
  const id = known ?? (await begin(requests, file, options));
  onStart?.(id);
  const path = `/api/uploads/${encodeURIComponent(id)}`;
  // Of an upload that just began the place to go on from is known.
  let offset = known === undefined ? 0 : null;
  for (let failures = 0; offset === null || offset < file.size; ) {
    try {
      offset ??= await arrivedBytes(requests, { path, signal }, file.size);
      onProgress?.(offset, file.size);
      if (offset >= file.size) break;
      const end = Math.min(file.size, offset + pieceBytes);
      offset = await sendPiece(requests, { path, signal, offset, piece: file.slice(offset, end) });
      onProgress?.(offset, file.size);
      failures = 0;
    } catch (error) {
      if (!canGoOn(error) || ++failures > MOST_FAILURES) throw error;
      await pause(pauseMs(failures - 1), requests.signalOf(signal));
      offset = null;
    }
  }
  return requests.json({ path, signal });
}

function canGoOn(error: unknown): boolean {
  return isPassing(error) || (error instanceof SleapError && LOOK_AGAIN.includes(error.status));
}

/** @returns the upload's id. */
async function begin(requests: Requests, file: SlicedFile, { fileName, signal }: ResumableOptions): Promise<string> {
  const name = fileName ?? (file as { name?: string }).name;
  const response = await requests.answer({
    // An upload whose address nobody learned expires.
    ...{ method: 'POST', path: '/api/uploads', signal, repeatable: true },
    headers: {
      ...VERSION,
      'Upload-Length': String(file.size),
      'Upload-Metadata': name === undefined ? undefined : `filename ${base64(name)}`,
    },
  });
  return response.headers.get('location')!.split('/').at(-1)!;
}

interface Place {
  path: string;
  signal: AbortSignal | undefined;
}

async function arrivedBytes(requests: Requests, { path, signal }: Place, sizeBytes: number): Promise<number> {
  try {
    const response = await requests.once({ method: 'HEAD', path, headers: VERSION, signal });
    requireSameFile(response, sizeBytes);
    return offsetIn(response);
  } catch (error) {
    // The answer to HEAD has no body that could say why; that to GET has.
    if (!canGoOn(error)) await requests.json({ path, signal });
    throw error;
  }
}

async function sendPiece(
  requests: Requests,
  { path, signal, offset, piece }: Place & { offset: number; piece: Blob },
): Promise<number> {
  const headers = { ...VERSION, 'Upload-Offset': String(offset), 'Content-Type': 'application/offset+octet-stream' };
  return offsetIn(await requests.once({ method: 'PATCH', path, headers, body: piece, signal }));
}

/** @throws SleapError where the upload was begun for a file of another length. */
function requireSameFile({ headers, status }: Response, sizeBytes: number): void {
  const announced = headers.get('upload-length');
  if (announced === null || Number(announced) === sizeBytes) return;
  throw new SleapError(
    'invalid_request',
    `The upload is of a file of ${announced} bytes, and this one has ${sizeBytes}.`,
    {
      status,
      remedy: 'Go on with the file that it was begun for, or begin anew without uploadId.',
    },
  );
}

function offsetIn(response: Response): number {
  const offset = Number(response.headers.get('upload-offset') ?? Number.NaN);
  if (Number.isInteger(offset)) return offset;
  throw new SleapError('not_the_service', 'An answer to an upload does not say how many bytes have arrived.', {
    status: response.status,
    remedy: 'Of a page of another origin: let the service name it in CORS_ORIGINS.',
  });
}

/** Of the text in UTF-8. */
function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
