import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { convertVideo } from '../../demo/encode-video.ts';
import { readImage } from '../../gpu-worker/media/image.ts';
import { scratchFolder } from '../support/scratch.ts';
import { colour, gray, HEIGHT_PX, LIMITS, WIDTH_PX } from '../support/small-images.ts';

const scratch = scratchFolder();

async function read(name: string, bytes: Uint8Array) {
  await writeFile(scratch.path(name), bytes);
  return await readImage(scratch.path(name), LIMITS);
}

const refusal = (name: string, bytes: Uint8Array) => expect(read(name, bytes)).rejects;

describe('bitmaps', () => {
  /** A bitmap from ffmpeg's encoder. */
  async function bitmap(pixels: Uint8Array, from: string, to: string): Promise<Buffer> {
    await writeFile(scratch.path('raw'), pixels);
    const input = ['-f', 'rawvideo', '-s', `${WIDTH_PX}x${HEIGHT_PX}`, '-pix_fmt', from];
    await convertVideo(scratch.path('raw'), scratch.path('a.bmp'), ['-pix_fmt', to, '-update', '1'], input);
    return await readFile(scratch.path('a.bmp'));
  }

  test('of 24 bits', async () => {
    const image = await read('b.bmp', await bitmap(colour, 'rgb24', 'bgr24'));
    expect(image).toEqual({ widthPx: WIDTH_PX, heightPx: HEIGHT_PX, channels: 3, data: colour });
  });

  test('of 32 bits', async () => {
    expect((await read('b.bmp', await bitmap(colour, 'rgb24', 'bgra'))).data).toEqual(colour);
  });

  test('of 8 bits gray', async () => {
    const image = await read('b.bmp', await bitmap(gray, 'gray', 'gray'));
    expect(image).toEqual({ widthPx: WIDTH_PX, heightPx: HEIGHT_PX, channels: 1, data: gray });
  });

  test('of 8 bits with a coloured palette', async () => {
    // rgb8: 3 bits red, 3 green, 2 blue, through a palette.
    const image = await read('b.bmp', await bitmap(gray, 'rgb8', 'rgb8'));
    expect(image.channels).toBe(3);
    expect([...image.data.subarray(0, 6)]).toEqual([...rgbOf(gray[0]!), ...rgbOf(gray[1]!)]);
    expect([...image.data.subarray(-3)]).toEqual(rgbOf(gray.at(-1)!));
  });
  const rgbOf = (rgb8: number) => [(rgb8 >> 5) * 36, ((rgb8 >> 2) & 7) * 36, (rgb8 & 3) * 85];

  test('of one bit', async () => {
    const lit = gray.map(value => (value > 127 ? 255 : 0));
    const packed = new Uint8Array(Math.ceil(WIDTH_PX / 8) * HEIGHT_PX);
    lit.forEach((value, i) => {
      const x = i % WIDTH_PX;
      const at = Math.floor(i / WIDTH_PX) * Math.ceil(WIDTH_PX / 8) + (x >> 3);
      if (value) packed[at]! |= 128 >> (x & 7);
    });
    const image = await read('b.bmp', await bitmap(packed, 'monob', 'monob'));
    expect(image).toEqual({ widthPx: WIDTH_PX, heightPx: HEIGHT_PX, channels: 1, data: lit });
  });

  test('stored from the top', async () => {
    const file = await bitmap(gray, 'gray', 'gray');
    const pixelsAt = file.readUInt32LE(10);
    const rows = Array.from({ length: HEIGHT_PX }, (_, y) => file.subarray(pixelsAt + y * 40, pixelsAt + y * 40 + 40));
    const turned = Buffer.concat([file.subarray(0, pixelsAt), ...rows.reverse()]);
    turned.writeInt32LE(-HEIGHT_PX, 22);
    expect((await read('b.bmp', turned)).data).toEqual(gray);
  });

  test('cut short or compressed are refused', async () => {
    const file = await bitmap(gray, 'gray', 'gray');
    await refusal('cut.bmp', file.subarray(0, file.length - 50)).toMatchObject({
      code: 'image_invalid',
      message: expect.stringMatching(/"cut.bmp"/),
    });
    file.writeUInt32LE(1, 30);
    await refusal('rle.bmp', file).toMatchObject({ code: 'image_invalid', remedy: /PNG/ });
  });

  test('beyond the limit are refused by their header', async () => {
    const file = await bitmap(gray, 'gray', 'gray');
    file.writeInt32LE(2_000_000_000, 18);
    await refusal('big.bmp', file).toMatchObject({
      code: 'image_invalid',
      message: expect.stringMatching(/MAX_IMAGE_SIDE_PX/),
    });
  });
});
