/**
 * The body of a request that carries a file: JSON with the file in base64, or multipart/form-data with the file as a part.
 * Either way the file streams into an upload while the body arrives, and the other fields come out as one object.
 */
import { type MultipartError, make as makeMultipartParser } from 'multipasta';
import { AppError } from '../errors.ts';
import type { ServiceContext } from '../service/context.ts';
import { openUpload, type Upload, type UploadKind } from '../service/upload.ts';
import { readBase64Json } from './base64-json.ts';

export interface UploadBody {
  fields: Record<string, unknown>;
  upload: Upload;
}

/**
 * @param member the JSON member, or the form part, that holds the file. A form may name its file part as it likes if there is only one.
 * @throws AppError about the body; what was received of the file is thrown away then.
 */
export async function readUploadBody(
  ctx: ServiceContext,
  request: Request,
  kind: UploadKind,
  member: string,
): Promise<UploadBody> {
  const type = (request.headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
  if (type !== 'application/json' && type !== 'multipart/form-data') {
    throw new AppError('unsupported_media_type', `The Content-Type is ${type === '' ? 'missing' : type}.`, {
      remedy: 'Send application/json with the file in base64, or multipart/form-data.',
    });
  }
  if (request.body === null) throw new AppError('not_json', 'The body is empty.');
  const upload = await openUpload(ctx, kind);
  try {
    const fields =
      type === 'application/json'
        ? await readJson(ctx, request.body, upload, member)
        : await readForm(ctx, request, request.body, upload);
    return { fields, upload };
  } catch (error) {
    await upload.abort();
    throw error;
  }
}

async function readJson(ctx: ServiceContext, body: ReadableStream<Uint8Array>, upload: Upload, member: string) {
  const json = await readBase64Json(body, { member, sink: upload, maxJsonBytes: ctx.config.MAX_JSON_BYTES });
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new AppError('invalid_request', 'The body must be a JSON object.');
  }
  const fields = json as Record<string, unknown>;
  if (typeof fields[member] !== 'string') {
    throw new AppError('invalid_request', `"${member}" must be the file as a base64 string.`, {
      errors: [{ pointer: `/${member}`, detail: 'a base64 string is required' }],
    });
  }
  delete fields[member];
  return fields;
}

/** Numbers, booleans and objects in form fields are written as JSON; a text that is none stays a text. */
async function readForm(ctx: ServiceContext, request: Request, body: ReadableStream<Uint8Array>, upload: Upload) {
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
      fields[part.name] = fromForm(new TextDecoder().decode(value));
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
  if (files === 0)
    throw new AppError('invalid_request', 'The form has no file part.', { remedy: 'Give the file part a filename.' });
  return fields;
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
