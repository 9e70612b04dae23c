import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Base64Decoder } from '../../src/http/base64.ts';
import { readBase64Json } from '../../src/http/base64-json.ts';

/** Cuts bytes into pieces of the given sizes, again and again. */
async function* cut(bytes: Uint8Array, sizes: number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const n = sizes[i % sizes.length]!;
    yield bytes.subarray(at, at + n);
    at += n;
  }
}

async function read(text: string | Uint8Array, sizes = [65_536], maxJsonBytes = 10_000) {
  const pieces: Uint8Array[] = [];
  const sink = { write: async (bytes: Uint8Array) => void pieces.push(bytes.slice()) };
  const json = await readBase64Json(cut(Buffer.from(text), sizes), { member: 'file', sink, maxJsonBytes });
  return { json, file: Buffer.concat(pieces) };
}

const sizesOf = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

describe('base64 in pieces', () => {
  it('decodes any bytes in either alphabet, padded or not, with line breaks or a data: prefix, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        sizesOf,
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        (bytes, sizes, url, pad, lines, prefix) => {
          let text = Buffer.from(bytes)
            .toString(url ? 'base64url' : 'base64')
            .replace(/=+$/, '');
          if (pad) text = text.padEnd(Math.ceil(text.length / 4) * 4, '=');
          if (lines) text = text.replace(/(.{7})/g, '$1\r\n');
          if (prefix) text = `data:application/x-7z-compressed;base64,${text}`;
          const decoder = new Base64Decoder();
          const out: Uint8Array[] = [];
          for (let at = 0, i = 0; at < text.length; i++) {
            const n = sizes[i % sizes.length]!;
            out.push(decoder.write(Buffer.from(text.slice(at, at + n))).slice());
            at += n;
          }
          out.push(decoder.end());
          expect(Buffer.concat(out).equals(Buffer.from(bytes))).toBe(true);
        },
      ),
    );
  });

  it('refuses what is not base64 instead of skipping it', () => {
    for (const text of [
      '####',
      'AAA*',
      'AAAAA',
      'AA=A',
      'A===',
      'AA=',
      'AAA==',
      'data:nothing',
      'Не base64',
      'AAAA====',
    ]) {
      const decode = () => {
        const decoder = new Base64Decoder();
        decoder.write(Buffer.from(text));
        decoder.end();
      };
      expect(decode, text).toThrow(expect.objectContaining({ code: 'not_base64' }));
    }
  });
});

describe('a JSON body with a file in it', () => {
  it('gives the file and everything else, whatever the order of members and however the body is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 100 }),
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.boolean(),
        sizesOf,
        async (bytes, others, first, sizes) => {
          delete others.file;
          const file = Buffer.from(bytes).toString('base64');
          // biome-ignore lint/suspicious/noExplicitAny: any JSON value
          const body: any = first ? { file, ...others } : { ...others, file };
          const read1 = await read(JSON.stringify(body), sizes, 1e6);
          expect(read1.json).toEqual(JSON.parse(JSON.stringify({ ...body, file: '' })));
          expect(read1.file.equals(Buffer.from(bytes))).toBe(true);
        },
      ),
    );
  });

  it('understands escapes inside the base64 text, as some serializers write + and /', async () => {
    const { file } = await read('{"file":"\\u002b\\/+/AA\\n=="}', [1]);
    expect(file).toEqual(Buffer.from('+/+/AA==', 'base64'));
  });

  it('looks for the member at the top only', async () => {
    const { json, file } = await read(
      '{"other":{"file":"not the file"},"list":["file","x"],"text":"file\\":\\"AAAA","file":"AQID"}',
    );
    expect(json).toEqual({ other: { file: 'not the file' }, list: ['file', 'x'], text: 'file":"AAAA', file: '' });
    expect(file).toEqual(Buffer.from([1, 2, 3]));
  });

  it('leaves a member that is no string to the caller', async () => {
    expect((await read('{"file":null}')).json).toEqual({ file: null });
  });

  it.each([
    ['', 'not_json'],
    ['{"file":"AAAA', 'not_json'],
    ['{"file":"AAAA"', 'not_json'],
    ['training_dataset=AAAA', 'not_json'],
    ['{"file":"no base64!"}', 'not_base64'],
    ['{"file":"AA\\u0041"}{', 'not_json'],
    ['{"file":"AAAA","file":"AAAA"}', 'invalid_request'],
    [`{"x":"${'y'.repeat(20_000)}"}`, 'payload_too_large'],
  ])('answers %j with %s', async (body, code) => {
    await expect(read(body)).rejects.toEqual(expect.objectContaining({ code }));
  });

  it('waits for a slow sink, so that a large body is never held in memory', async () => {
    let pulled = 0;
    let written = 0;
    async function* body() {
      yield Buffer.from('{"file":"');
      for (let i = 0; i < 50; i++) {
        pulled++;
        expect(pulled - written).toBeLessThanOrEqual(2);
        yield Buffer.from(randomBytes(3000).toString('base64'));
      }
      yield Buffer.from('"}');
    }
    const sink = {
      write: async (bytes: Uint8Array) => {
        await new Promise(resolve => setTimeout(resolve, 1));
        if (bytes.length > 0) written++;
      },
    };
    await readBase64Json(body(), { member: 'file', sink, maxJsonBytes: 1000 });
    expect(written).toBe(50);
  });
});
