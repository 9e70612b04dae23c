/**
 * The little XML that is read from and sent to S3: one text in an answer, and the list of parts that ends a multipart upload. The texts that are
 * asked for (an UploadId, an error's Code and Message) are elements without children, so no tree of elements is needed.
 * Facts: Amazon S3 API Reference, CompleteMultipartUpload and "Error responses"; XML 1.0 §4.1 and §4.6 for references.
 */
import type { StoredPart } from './part-rows.ts';

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The text of the first element of that name, its references replaced; null: there is none. */
export function textOf(xml: string, element: string): string | null {
  const found = new RegExp(`<(?:\\w+:)?${element}(?:\\s[^>]*)?>([^<]*)<`).exec(xml);
  return found ? unescapeText(found[1]!.trim()) : null;
}

/** The body that ends a multipart upload. @param parts in order; the first has the number 1. */
export function completionOf(parts: readonly StoredPart[]): string {
  const each = parts.map(
    ({ etag }, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${escapeText(etag)}</ETag></Part>`,
  );
  return `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${each.join('')}</CompleteMultipartUpload>`;
}

function unescapeText(text: string): string {
  return text.replace(/&(?:#x([\da-f]{1,6})|#(\d{1,7})|(\w{1,8}));/gi, (reference, hex, decimal, name) => {
    if (name !== undefined) return NAMED[name] ?? reference;
    const codePoint = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : reference;
  });
}

function escapeText(text: string): string {
  return text.replace(/[<>&"]/g, sign => `&#${sign.charCodeAt(0)};`);
}
