/** Texts as fixed strings of HDF5: as long as the longest of them, in UTF-8, shorter ones padded with zeros; ASCII is called so, as NumPy does. */
import { type Datatype, FLOAT64, fixedString } from './datatype.ts';
import type { SmallDataset } from './layout.ts';
import type { Attribute } from './object-header.ts';

function encode(texts: readonly string[]): { type: Datatype; data: Uint8Array } {
  const encoded = texts.map(text => new TextEncoder().encode(text));
  const sizeBytes = Math.max(1, ...encoded.map(({ length }) => length));
  const data = new Uint8Array(sizeBytes * texts.length);
  for (const [i, bytes] of encoded.entries()) data.set(bytes, i * sizeBytes);
  return {
    type: fixedString(
      sizeBytes,
      data.some(byte => byte > 0x7f),
    ),
    data,
  };
}

/** @param rowLength where there are two dimensions. A list of none is one of float64, as h5py makes of an empty list. */
export function textDataset(name: string, texts: readonly string[], rowLength?: number): SmallDataset {
  if (texts.length === 0) return emptyDataset(name);
  const shape = rowLength === undefined ? [texts.length] : [texts.length / rowLength, rowLength];
  return { name, shape, ...encode(texts) };
}

export function emptyDataset(name: string, type: Datatype = FLOAT64): SmallDataset {
  return { name, type, shape: [0], data: new Uint8Array() };
}

export function scalarText(name: string, text: string): SmallDataset {
  return { name, shape: [], ...encode([text]) };
}

export function textAttribute(name: string, text: string): Attribute {
  const { type, data } = encode([text]);
  return { name, type, value: data };
}
