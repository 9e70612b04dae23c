/** What a file is called that arrives as the bare body: `filename*` or `filename` of Content-Disposition (RFC 6266), or `?file_name=`. */
import type { Context } from 'hono';

/** @returns null: the request does not say. A name that cannot be decoded counts as not said. */
export function fileNameOf(c: Context): string | null {
  const disposition = c.req.header('content-disposition') ?? '';
  return extended(disposition) ?? plain(disposition) ?? c.req.query('file_name') ?? null;
}

/** `filename*=UTF-8''mouse%201.avi` (RFC 8187). */
function extended(disposition: string): string | null {
  const [, encoded] = /filename\*\s*=\s*utf-8'[^']*'([^\s;]+)/i.exec(disposition) ?? [];
  if (encoded === undefined) return null;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return null; // not UTF-8: the plain name stands beside it
  }
}

/** A quoted string, in which a backslash takes the next character as it is, or a token. */
function plain(disposition: string): string | null {
  const [, quoted, token] = /filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/i.exec(disposition) ?? [];
  return quoted?.replace(/\\(.)/g, '$1') ?? token ?? null;
}
