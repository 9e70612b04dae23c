/** The bytes of a file for download, with what HTTP says of them beforehand: their number and a tag that changes with them. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { makeZip, predictLength } from 'client-zip';
import type { BlobStore, Download } from '../blobs/blob-store.ts';
import type { ByteRange } from '../contract/byte-range.ts';
import { partOf } from '../exports/part-of.ts';

export interface Content {
  sizeBytes: number;
  /** A strong entity tag, quotes included (RFC 9110 §8.8.3). */
  etag: string;
  /** All bytes, or those of a range, anew at each call. */
  pieces(range?: ByteRange): AsyncIterable<Uint8Array>;
  /** Where the same can be had without this service, for a while; null: nowhere. */
  presign?(download: Download): Promise<string | null>;
}

export function textContent(text: string): Content {
  const bytes = utf8ToBytes(text);
  return {
    sizeBytes: bytes.length,
    etag: tagOf(text),
    async *pieces(range) {
      yield range ? bytes.subarray(range.first, range.last + 1) : bytes;
    },
  };
}

/** A blob as it is. */
export function blobContent(blobs: BlobStore, { id, sha256: hash, sizeBytes }: Sealed): Content {
  return {
    ...{ sizeBytes, etag: `"${hash}"` },
    pieces: range => blobs.read(id, range),
    presign: download => blobs.presign(id, download),
  };
}

interface Sealed {
  id: string;
  sha256: string | null;
  sizeBytes: number;
}

/** The numbers of a safetensors file without its header, whose length stands in its first 8 bytes (gpu-worker/model/weights.ts). */
export async function numbersContent(
  blobs: BlobStore,
  { id, sha256: hash, sizeBytes: allBytes }: Sealed,
): Promise<Content> {
  let headerBytes = 0;
  for await (const first of blobs.read(id, { first: 0, last: 7 }))
    headerBytes = 8 + Number(new DataView(first.buffer, first.byteOffset).getBigUint64(0, true));
  const sizeBytes = allBytes - headerBytes;
  return {
    sizeBytes,
    etag: `"${hash}-numbers"`,
    pieces: ({ first, last } = { first: 0, last: sizeBytes - 1 }) =>
      blobs.read(id, { first: headerBytes + first, last: headerBytes + last }),
  };
}

/** A zip of files as they are: weights hardly get smaller, and so its length is known before. @param options.folder they lie in. */
export async function zipContent(
  files: readonly { name: string; open(): Promise<Content> }[],
  { folder, modified }: { folder: string; modified: Date },
): Promise<Content> {
  const opened = await Promise.all(files.map(async ({ name, open }) => ({ name, content: await open() })));
  const members = opened.map(({ name, content }) => {
    return { name: `${folder}/${name}`, size: content.sizeBytes, lastModified: modified, content };
  });
  return {
    sizeBytes: Number(predictLength(members)),
    etag: tagOf(members.map(({ name, content }) => `${name} ${content.etag}`).join('\n')),
    pieces: range => {
      const whole = makeZip(members.map(({ content, ...meta }) => ({ ...meta, input: content.pieces() })));
      return range ? partOf(whole, range) : whole;
    },
  };
}

/** A strong entity tag that changes with the text, quotes included. */
export function tagOf(text: string): string {
  return `"${bytesToHex(sha256(utf8ToBytes(text)))}"`;
}
