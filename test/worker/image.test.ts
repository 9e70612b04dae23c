import { writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { isGray, readImage } from '../../gpu-worker/media/image.ts';
import { scratchFolder } from '../support/scratch.ts';
import { colour, gray, HEIGHT_PX, LIMITS, PIXELS, sharpOf, WIDTH_PX } from '../support/small-images.ts';

const scratch = scratchFolder();

async function read(name: string, bytes: Uint8Array) {
  await writeFile(scratch.path(name), bytes);
  return await readImage(scratch.path(name), LIMITS);
}

const refusal = (name: string, bytes: Uint8Array) => expect(read(name, bytes)).rejects;

describe('readImage gives the stored pixels', () => {
  test.each(['png', 'tiff'] as const)('of a gray %s, as one channel', async format => {
    const image = await read(`a.${format}`, await sharpOf(gray, 1).toFormat(format, { compression: 'lzw' }).toBuffer());
    expect(image).toMatchObject({ widthPx: WIDTH_PX, heightPx: HEIGHT_PX, channels: 1 });
    expect(new Uint8Array(image.data)).toEqual(gray);
  });

  test.each([
    ['png', {}],
    ['tiff', { compression: 'lzw' }],
    ['webp', { lossless: true }],
  ] as const)('of a coloured %s, as RGB', async (format, options) => {
    const image = await read(`a.${format}`, await sharpOf(colour, 3).toFormat(format, options).toBuffer());
    expect(image).toMatchObject({ widthPx: WIDTH_PX, heightPx: HEIGHT_PX, channels: 3 });
    expect(new Uint8Array(image.data)).toEqual(colour);
  });

  test('of a JPEG, gray or coloured, as its decoder gives them', async () => {
    const smooth = Uint8Array.from(
      { length: PIXELS * 3 },
      (_, i) => 60 + (Math.floor(i / 3) % WIDTH_PX) * 3 + (i % 3) * 20,
    );
    const coloured = await read('a.jpg', await sharpOf(smooth, 3).jpeg({ quality: 100 }).toBuffer());
    expect(coloured.channels).toBe(3);
    expect(Math.max(...smooth.map((value, i) => Math.abs(value - coloured.data[i]!)))).toBeLessThan(6);
    expect((await read('b.jpg', await sharpOf(gray, 1).jpeg().toBuffer())).channels).toBe(1);
  });

  test('the name’s ending does not matter', async () => {
    expect((await read('really-a-png.jpg', await sharpOf(gray, 1).png().toBuffer())).channels).toBe(1);
  });

  test('of 16 bits the high byte, as OpenCV does', async () => {
    const deep = Uint16Array.from({ length: PIXELS }, (_, i) => (i * 977) % 65536);
    const high = Uint8Array.from(deep, value => value >> 8);
    expect(new Uint8Array((await read('a.png', await sharpOf(deep, 1).png().toBuffer())).data)).toEqual(high);
    const deepRgb = Uint16Array.from({ length: PIXELS * 3 }, (_, i) => (i * 977) % 65536);
    const png = await sharpOf(deepRgb, 3).toColourspace('rgb16').png().toBuffer();
    expect(new Uint8Array((await read('b.png', png)).data)).toEqual(Uint8Array.from(deepRgb, value => value >> 8));
  });

  test('of a palette the colours it stands for', async () => {
    const few = Uint8Array.from({ length: PIXELS * 3 }, (_, i) => [10, 130, 250][(Math.floor(i / 3) + (i % 3)) % 3]!);
    const png = await sharpOf(few, 3).png({ palette: true, colours: 4, dither: 0 }).toBuffer();
    expect(png[25], 'the colour type of an indexed PNG').toBe(3);
    expect(new Uint8Array((await read('a.png', png)).data)).toEqual(few);
  });

  test('of 16 bits with alpha', async () => {
    const deep = Uint16Array.from({ length: PIXELS * 4 }, (_, i) => (i * 977) % 65536);
    const png = await sharpOf(deep, 4).toColourspace('rgb16').png().toBuffer();
    const high = Uint8Array.from({ length: PIXELS * 3 }, (_, i) => deep[4 * Math.floor(i / 3) + (i % 3)]! >> 8);
    expect(new Uint8Array((await read('a.png', png)).data)).toEqual(high);
  });

  test('without looking at alpha: a transparent pixel keeps its colour', async () => {
    const rgba = Uint8Array.from({ length: PIXELS * 4 }, (_, i) =>
      i % 4 === 3 ? (i * 11) % 256 : colour[Math.floor(i / 4) * 3 + (i % 4)]!,
    );
    expect(new Uint8Array((await read('a.png', await sharpOf(rgba, 4).png().toBuffer())).data)).toEqual(colour);
    const grayAlpha = Uint8Array.from({ length: PIXELS * 2 }, (_, i) => (i % 2 ? 0 : gray[i / 2]!));
    const image = await read('b.png', await sharpOf(grayAlpha, 2).png().toBuffer());
    expect(image.channels).toBe(1);
    expect(new Uint8Array(image.data)).toEqual(gray);
  });

  test('without applying the colour profile', async () => {
    const png = await sharpOf(colour, 3).withIccProfile('p3').png().toBuffer();
    const stored = await sharp(png, { ignoreIcc: true }).raw().toBuffer();
    expect(new Uint8Array((await read('a.png', png)).data)).toEqual(new Uint8Array(stored));
    expect(new Uint8Array(stored)).not.toEqual(colour);
  });

  test('turned as its EXIF orientation says', async () => {
    // 6: the stored picture must be turned clockwise by 90 degrees.
    const image = await read('a.png', await sharpOf(colour, 3).withMetadata({ orientation: 6 }).png().toBuffer());
    expect(image).toMatchObject({ widthPx: HEIGHT_PX, heightPx: WIDTH_PX });
    const topRight = image.data.subarray((HEIGHT_PX - 1) * 3, HEIGHT_PX * 3);
    expect([...topRight]).toEqual([...colour.subarray(0, 3)]);
    const bottomLeft = colour.subarray((HEIGHT_PX - 1) * WIDTH_PX * 3);
    expect([...image.data.subarray(0, 3)]).toEqual([...bottomLeft.subarray(0, 3)]);
  });

  test('of the first page of a TIFF', async () => {
    const pages = [await sharpOf(colour, 3).png().toBuffer(), await sharpOf(colour, 3).negate().png().toBuffer()];
    const tiff = await sharp(pages, { join: { animated: true } })
      .tiff({ compression: 'lzw' })
      .toBuffer();
    expect((await sharp(tiff).metadata()).pages).toBe(2);
    const image = await read('a.tiff', tiff);
    expect(image.heightPx).toBe(HEIGHT_PX);
    expect(new Uint8Array(image.data)).toEqual(colour);
  });

  test('a file of more than four channels is refused', async () => {
    const bands = Array.from({ length: 5 }, () => sharpOf(gray, 1).png().toBuffer());
    const [first, ...others] = await Promise.all(bands);
    const tiff = await sharp(first).joinChannel(others).tiff({ compression: 'lzw' }).toBuffer();
    await refusal('a.tiff', tiff).toMatchObject({ code: 'image_invalid' });
  });
});

describe('what cannot be read is refused, the file named', () => {
  test('text, an empty file, a cut JPEG, a drawing', async () => {
    const broken = {
      code: 'image_invalid',
      message: expect.stringMatching(/^The image "bad" cannot be read/),
      cause: expect.any(Error),
    };
    await refusal('bad', Buffer.from('not a picture, whatever the name says')).toMatchObject(broken);
    const jpeg = await sharpOf(colour, 3).jpeg().toBuffer();
    await refusal('bad', jpeg.subarray(0, jpeg.length - 300)).toMatchObject(broken);
    await refusal('bad', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="5" height="5"/>')).toMatchObject(
      broken,
    );
    await refusal('bad', Buffer.alloc(0)).toMatchObject({
      code: 'image_invalid',
      message: expect.stringMatching(/"bad" is an empty file/),
    });
  });

  test('an image beyond the limit, before its pixels are unpacked', async () => {
    const wide = await sharp({ create: { width: 101, height: 2, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    await refusal('wide.png', wide).toMatchObject({
      code: 'image_invalid',
      message: 'The image "wide.png" has 101 × 2 pixels, more than 100 a side (MAX_IMAGE_SIDE_PX).',
    });
    const header = Buffer.from(wide);
    header.writeUInt32BE(60_000, 16);
    await refusal('huge.png', header).toMatchObject({ code: 'image_invalid' });
  });

  test('a file that is not there is no fault of the image', async () => {
    await expect(readImage(scratch.path('absent.png'), LIMITS)).rejects.toThrow(/ENOENT/);
  });
});

test('isGray is true when red, green and blue agree everywhere', async () => {
  const tripled = Uint8Array.from({ length: PIXELS * 3 }, (_, i) => gray[Math.floor(i / 3)]!);
  const image = { widthPx: WIDTH_PX, heightPx: HEIGHT_PX, channels: 3 as const, data: tripled };
  expect(isGray(image)).toBe(true);
  expect(isGray({ ...image, channels: 1, data: gray })).toBe(true);
  for (const i of [0, 1, 2, tripled.length - 1]) {
    const data = Uint8Array.from(tripled);
    data[i]! ^= 1;
    expect(isGray({ ...image, data })).toBe(false);
  }
});
