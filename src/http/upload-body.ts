/**
 * The body of a request that carries a file: JSON with the file in base64, multipart/form-data with the file as a part, or, where the
 * route takes it, the bare file. Either way the file streams into an upload while the body arrives, and the other fields come out as one
 * object. In place of a file, a field such as `dataset_blob` may name one that was sent ahead (routes/uploads.ts); to the route it is the
 * same. Whether a file may be missing is the route's to say, since it depends on the fields.
 */
import { type MultipartError, make as makeMultipartParser } from 'multipasta';
import { AppError } from '../errors.ts';
import type { ServiceContext } from '../service/context.ts';
import { cutShort, incomingBytes } from '../service/incoming-bytes.ts';
import {
  type IncomingFile,
  openUpload,
  refuseTooLarge,
  type Upload,
  type UploadKind,
  uploadMissing,
} from '../service/upload.ts';
import { findUploadedFile } from '../service/uploaded-file.ts';
import { readBase64Json } from './base64-json.ts';

export interface FileWanted {
  kind: UploadKind;
  /** The JSON member, or the form part, that holds the file. A form may name its file part as it likes if there is only one. */
  member: string;
  /** Members that stay texts in a form, whatever they look like. */
  texts?: readonly string[];
  /** Content-Type of a body that is the file itself; `*`: whatever is no form. */
  bareType?: string;
}

export interface UploadBody {
  fields: Record<string, unknown>;
  /** null: the body has no file, and names none. */
  upload: IncomingFile | null;
}

/** @throws AppError about the body; what was received of the file is thrown away then. */
export async function readUploadBody(ctx: ServiceContext, request: Request, wanted: FileWanted): Promise<UploadBody> {
  const type = (request.headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
  const reader = readers(wanted).get(type) ?? (wanted.bareType === '*' ? readBare : undefined);
  if (!reader) {
    const bare = wanted.bareType ? `, or ${wanted.bareType}` : '';
    throw new AppError('unsupported_media_type', `The Content-Type is ${type === '' ? 'missing' : type}.`, {
      remedy: `Send application/json with the file in base64, or multipart/form-data${bare}.`,
    });
  }
  // Before the body is touched: a server can let go of one that nobody has begun to read.
  if (reader === readBare) refuseTooLarge(wanted.kind, announcedBytes(request) ?? 0, ctx.config.MAX_UPLOAD_BYTES);
  if (request.body === null) throw new AppError('not_json', 'The body is empty.');
  const upload = await openUpload(ctx, wanted.kind);
  try {
    const { fields, hasFile } = await reader({ ctx, request, body: incomingBytes(request.body), upload, wanted });
    const named = await namedFile(ctx, fields, { hasFile, kind: wanted.kind });
    if (!hasFile) await upload.abort();
    return { ...named, upload: hasFile ? upload : named.upload };
  } catch (error) {
    await upload.abort();
    throw error;
  }
}

/** The file that a field names instead of bringing it; the other fields. @throws AppError not_found; upload_incomplete; invalid_request. */
async function namedFile(
  ctx: ServiceContext,
  fields: Record<string, unknown>,
  { hasFile, kind }: { hasFile: boolean; kind: UploadKind },
): Promise<UploadBody> {
  const member = `${kind}_blob`;
  const { [member]: blobId = null, ...others } = fields;
  if (kind === 'file' || blobId === null) return { fields, upload: null };
  if (hasFile)
    throw new AppError('invalid_request', `The request has a ${kind} and a ${member}.`, {
      remedy: `Send one of them: a ${member} stands for a file that was sent ahead.`,
      errors: [{ pointer: `/${member}`, detail: `must not stand beside a ${kind}` }],
    });
  const upload = await findUploadedFile(ctx, kind, { member, blobId });
  const { file_name: fileName = upload.fileName } = others;
  return { fields: fileName === null ? others : { ...others, file_name: fileName }, upload };
}

/** The upload of a body that must have one. @throws AppError invalid_request. */
export function requireUpload({ upload }: UploadBody, { kind, member }: FileWanted): IncomingFile {
  if (upload) return upload;
  throw uploadMissing(kind, member);
}

interface Incoming {
  ctx: ServiceContext;
  request: Request;
  body: AsyncIterable<Uint8Array>;
  upload: Upload;
  wanted: FileWanted;
}
type Reader = (incoming: Incoming) => Promise<{ fields: Record<string, unknown>; hasFile: boolean }>;

function readers({ bareType }: FileWanted): Map<string, Reader> {
  const form: [string, Reader] = ['multipart/form-data', readForm];
  if (bareType === '*') return new Map([form]);
  const both: [string, Reader][] = [['application/json', readJson], form];
  return new Map(bareType ? [...both, [bareType, readBare]] : both);
}

async function readBare({ request, body, upload }: Incoming) {
  let receivedBytes = 0;
  for await (const piece of body) {
    await upload.write(piece);
    receivedBytes += piece.length;
  }
  const announced = announcedBytes(request) ?? receivedBytes;
  if (receivedBytes !== announced) throw cutShort(`${receivedBytes} of ${announced} bytes arrived.`);
  return { fields: {}, hasFile: true };
}

/** @returns null: the body comes in chunks. */
function announcedBytes(request: Request): number | null {
  const length = request.headers.get('content-length');
  return length === null ? null : Number(length);
}

async function readJson({ ctx, body, upload, wanted: { member } }: Incoming) {
  const json = await readBase64Json(body, { member, sink: upload, maxJsonBytes: ctx.config.MAX_JSON_BYTES });
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new AppError('invalid_request', 'The body must be a JSON object.');
  }
  const { [member]: file = null, ...fields } = json as Record<string, unknown>;
  if (file !== null && typeof file !== 'string') {
    throw new AppError('invalid_request', `"${member}" must be the file as a base64 string.`, {
      errors: [{ pointer: `/${member}`, detail: 'a base64 string is required' }],
    });
  }
  return { fields, hasFile: file !== null };
}

/** Numbers, booleans and objects in form fields are written as JSON; a text that is none stays a text. */
async function readForm({ ctx, request, body, upload, wanted: { member, texts = [] } }: Incoming) {
  const fields: Record<string, unknown> = {};
  // The parser calls back synchronously: pieces are collected and written before the next one is read.
  let pieces: Uint8Array[] = [];
  let files = 0;
  let failure: MultipartError | null = null;
  const parser = makeMultipartParser({
    headers: Object.fromEntries(request.headers),
    isFile: part => part.filename !== undefined,
    maxFieldSize: ctx.config.MAX_JSON_BYTES,
    maxParts: 1000,
    onField: (part, value) => {
      const text = new TextDecoder().decode(value);
      fields[part.name] = texts.includes(part.name) ? text : fromForm(text);
    },
    onFile: part => {
      files++;
      fields.file_name ??= part.filename;
      return chunk => {
        if (chunk !== null && files === 1) pieces.push(chunk);
      };
    },
    onError: error => {
      failure ??= error;
    },
    onDone: () => {},
  });
  const check = () => {
    if (failure !== null) throw formFault(failure);
    if (files > 1) throw new AppError('invalid_request', 'The form has more than one file.');
  };
  for await (const piece of body) {
    parser.write(piece);
    check();
    for (const bytes of pieces) await upload.write(bytes);
    pieces = [];
  }
  parser.end();
  check();
  for (const bytes of pieces) await upload.write(bytes);
  if (files === 0 && member in fields) {
    throw new AppError('invalid_request', `The form's part "${member}" has no file name.`, {
      remedy: 'Give the file part a filename; with curl, put @ before the path.',
    });
  }
  return { fields, hasFile: files > 0 };
}

function fromForm(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // a plain text such as a uid or a file name
  }
}

function formFault(error: MultipartError): AppError {
  return error._tag === 'ReachedLimit'
    ? new AppError('payload_too_large', `The form exceeds a limit: ${error.limit}.`)
    : new AppError('invalid_request', `The body is not valid multipart/form-data: ${error._tag}.`, { cause: error });
}
