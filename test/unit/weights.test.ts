import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMetadata, decodeTensors, encodeTensors, type NamedArray } from '../../gpu-worker/model/weights.ts';
import { AppError } from '../../src/errors.ts';

const arrays = fc
  .array(
    fc.record({ name: fc.string({ minLength: 1, unit: 'binary' }), shape: fc.array(fc.nat(4), { maxLength: 4 }) }),
    { maxLength: 6 },
  )
  .map(list =>
    list.filter(({ name }, i) => name !== '__metadata__' && list.findIndex(other => other.name === name) === i),
  )
  .chain(list =>
    fc.tuple(
      ...list.map(({ name, shape }) => {
        const length = shape.reduce((product, size) => product * size, 1);
        return fc
          .float32Array({ minLength: length, maxLength: length })
          .map((data): NamedArray => ({ name, shape, data }));
      }),
    ),
  );

const bits = (tensors: NamedArray[]) =>
  tensors.map(({ name, shape, data }) => ({
    name,
    shape,
    bits: [...new Uint32Array(data.buffer, data.byteOffset, data.length)],
  }));

/** A file with the header given as text. */
function file(header: string, numbers = 0): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + 4 * numbers);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return 'none';
}

/** JavaScript's own objects cannot hold a member of that name. */
const keys = fc.string().filter(key => key !== '__proto__');

describe('weights as bytes', () => {
  it('come back bit for bit, NaN and -0 too, with their names, shapes and metadata', async () => {
    await fc.assert(
      fc.asyncProperty(arrays, fc.dictionary(keys, fc.string()), async (tensors, metadata) => {
        const bytes = await encodeTensors(tensors, metadata);
        const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
        expect(bits(decodeTensors(bytes)).sort(byName)).toEqual(bits(tensors).sort(byName));
        expect(decodeMetadata(bytes)).toEqual(metadata);
      }),
    );
  });

  it('are a safetensors file: length, JSON header, numbers aligned to eight bytes', async () => {
    const bytes = await encodeTensors([{ name: 'a', shape: [2], data: Float32Array.of(1, -2) }], { step: '3' });
    const headerBytes = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(headerBytes % 8).toBe(0);
    expect(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerBytes)))).toEqual({
      __metadata__: { step: '3' },
      a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
    });
    expect([...bytes.subarray(8 + headerBytes)]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
  });

  it('are read from a Node Buffer and from the middle of another array', async () => {
    const tensor = { name: 'a', shape: [3], data: Float32Array.of(1, 2, 3) };
    const bytes = await encodeTensors([tensor]);
    expect(decodeTensors(Buffer.from(bytes))).toEqual([tensor]);
    const larger = new Uint8Array(bytes.length + 9);
    larger.set(bytes, 5);
    expect(decodeTensors(larger.subarray(5, 5 + bytes.length))).toEqual([tensor]);
  });

  it('are read with tensors in any order of the header', () => {
    const header =
      '{"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}';
    expect(decodeTensors(file(header, 2)).map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('refuse two tensors of one name', async () => {
    const tensor = { name: 'a', shape: [0], data: new Float32Array() };
    await expect(encodeTensors([tensor, tensor])).rejects.toThrow(RangeError);
  });

  it('are refused as checkpoint_invalid when cut off anywhere', async () => {
    const bytes = await encodeTensors([{ name: 'a', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }]);
    for (let length = 0; length < bytes.length; length++) {
      expect(codeOf(() => decodeTensors(bytes.subarray(0, length)))).toBe('checkpoint_invalid');
    }
  });

  it('are refused as checkpoint_invalid when the bytes are anything else', () => {
    fc.assert(fc.property(fc.uint8Array(), bytes => codeOf(() => decodeTensors(bytes)) === 'checkpoint_invalid'));
    fc.assert(
      fc.property(fc.json(), fc.nat(4), (header, numbers) => {
        const empty = numbers === 0 && /^\s*\{\s*("__metadata__".*)?\}\s*$/.test(header);
        return empty || codeOf(() => decodeTensors(file(header, numbers))) === 'checkpoint_invalid';
      }),
    );
  });

  it.each([
    ['another dtype', '{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}', 1],
    ['a negative size', '{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', 1],
    ['a size that is no integer', '{"a":{"dtype":"F32","shape":[0.5],"data_offsets":[0,2]}}', 1],
    ['offsets beyond the end', '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', 1],
    ['offsets that belie the shape', '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}', 1],
    ['a hole', '{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', 2],
    [
      'an overlap',
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
      1,
    ],
    ['numbers of nobody', '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 2],
    ['an array for a header', '[]', 0],
    ['no header', 'null', 0],
  ])('are refused with %s', (_, header, numbers) => {
    expect(codeOf(() => decodeTensors(file(header, numbers)))).toBe('checkpoint_invalid');
  });

  it('have metadata of texts only', () => {
    expect(codeOf(() => decodeMetadata(file('{"__metadata__":{"step":3}}')))).toBe('checkpoint_invalid');
    expect(decodeMetadata(file('{}'))).toEqual({});
  });
});
