/** A small JSON body as an object. @throws AppError not_json, invalid_request. */
import { AppError } from '../errors.ts';

/** @param options.mayBeEmpty no body at all reads as {}. */
export async function readJsonObject(
  request: Pick<Request, 'text'>,
  { mayBeEmpty = false } = {},
): Promise<Record<string, unknown>> {
  const text = await request.text();
  if (mayBeEmpty && text.trim() === '') return {};
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new AppError('not_json', 'The body is not JSON.', { remedy: 'Send a JSON object.', cause });
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new AppError('invalid_request', 'The body must be a JSON object.');
  }
  return json as Record<string, unknown>;
}
