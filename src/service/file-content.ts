/** The bytes of a file for download, with what HTTP says of them beforehand: their number and a tag that changes with them. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { makeZip, predictLength } from 'client-zip';

export interface Content {
  sizeBytes: number;
  /** A strong entity tag, quotes included (RFC 9110 §8.8.3). */
  etag: string;
  /** The bytes from the start, anew at each call. */
  pieces(): AsyncIterable<Uint8Array>;
}

export function textContent(text: string): Content {
  const bytes = utf8ToBytes(text);
  return {
    sizeBytes: bytes.length,
    etag: tagOf(text),
    async *pieces() {
      yield bytes;
    },
  };
}

/** The numbers of a safetensors file without its header, whose length stands in its first 8 bytes (gpu-worker/model/weights.ts). */
export async function numbersContent(
  read: () => AsyncIterable<Uint8Array>,
  { sizeBytes, sha256: hash }: { sizeBytes: number; sha256: string | null },
): Promise<Content> {
  let headerBytes = 0;
  for await (const first of read()) {
    headerBytes = 8 + Number(new DataView(first.buffer, first.byteOffset).getBigUint64(0, true));
    break;
  }
  return {
    sizeBytes: sizeBytes - headerBytes,
    etag: `"${hash}-numbers"`,
    async *pieces() {
      let toSkip = headerBytes;
      for await (const piece of read()) {
        const rest = piece.subarray(Math.min(toSkip, piece.length));
        toSkip -= piece.length - rest.length;
        if (rest.length > 0) yield rest;
      }
    },
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
    pieces: () => makeZip(members.map(({ content, ...meta }) => ({ ...meta, input: content.pieces() }))),
  };
}

/** A strong entity tag that changes with the text, quotes included. */
export function tagOf(text: string): string {
  return `"${bytesToHex(sha256(utf8ToBytes(text)))}"`;
}
