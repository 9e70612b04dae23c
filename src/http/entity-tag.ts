/** Comparing the version of a file that a client has with the present one (RFC 9110 §13.1). */

/** Whether the client has this version already: its If-None-Match, compared weakly. */
export function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map(tag => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}

/** Whether a part of this version fits what the client has: its If-Range, compared strongly. A date never does: we send none. */
export function mayContinue(ifRange: string | undefined, etag: string): boolean {
  return ifRange === undefined || ifRange.trim() === etag;
}
