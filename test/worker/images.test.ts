import { rm, writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { imageWarnings } from '../../gpu-worker/data/image-warnings.ts';
import { TrainingImages } from '../../gpu-worker/data/images.ts';
import { resizeBilinear } from '../../gpu-worker/data/resize.ts';
import { readStored } from '../../gpu-worker/data/stored-images.ts';
import { scratchFolder } from '../support/scratch.ts';

const scratch = scratchFolder();

/** A smooth picture in which no two places look alike, so that a shift, a swap or a wrong size shows. */
function pixels(widthPx: number, heightPx: number, channels: 1 | 3): Uint8Array {
  const level = (x: number, y: number, c: number) => 128 + 60 * Math.sin(x / 3 + c) + 60 * Math.cos(y / 4 - c);
  return Uint8Array.from({ length: widthPx * heightPx * channels }, (_, i) => {
    const pixel = Math.floor(i / channels);
    return Math.round(level(pixel % widthPx, Math.floor(pixel / widthPx), i % channels));
  });
}

async function save(name: string, data: Uint8Array, width: number, height: number): Promise<string> {
  const path = scratch.path(name);
  const channels = (data.length / (width * height)) as 1 | 3;
  const image = sharp(data, { raw: { width, height, channels } });
  await (channels === 1 ? image.toColourspace('b-w') : image).png().toFile(path);
  return path;
}

/** A picture of this size, saved as PNG. */
const picture = (name: string, widthPx: number, heightPx: number, channels: 1 | 3 = 1) =>
  save(name, pixels(widthPx, heightPx, channels), widthPx, heightPx);

const open = (paths: string[], settings: Partial<Parameters<typeof TrainingImages.open>[1]> = {}) =>
  TrainingImages.open(paths, { cacheBytes: 2 ** 30, maxSidePx: 1000, onRead: () => {}, ...settings });

const everything = async (images: TrainingImages, count: number) => {
  const read: number[][] = [];
  for (let i = 0; i < count; i++) read.push([...(await readStored(images.stored, i))]);
  return read;
};

/** What is said of images of these sizes, whose labels are all hidden. */
function mixedSizes({ sizes }: TrainingImages): string[] {
  const frame = { imagePath: '', imageName: '', videoName: '', points: Float32Array.of(Number.NaN, Number.NaN) };
  return imageWarnings({ frames: sizes.map(() => frame), skeleton: { keypoints: ['nose'], edges: [] } }, sizes);
}

describe('training images of one size', () => {
  it('come as they are stored, whatever the order they are asked for', async () => {
    const paths = [await picture('a.png', 7, 5), await save('b.png', pixels(7, 5, 1).reverse(), 7, 5)];
    const images = await open(paths);
    expect(images).toMatchObject({ widthPx: 7, heightPx: 5, channels: 1 });
    expect(mixedSizes(images)).toEqual([]);
    for (const i of [1, 0, 1]) {
      expect([...(await readStored(images.stored, i))]).toEqual([
        ...(i === 0 ? pixels(7, 5, 1) : pixels(7, 5, 1).reverse()),
      ]);
      expect(images.scaleOf(i)).toBe(1);
    }
  });

  it('are gray when every one looks gray, though the files store colour', async () => {
    const gray = pixels(6, 4, 1);
    const asColour = Uint8Array.from({ length: gray.length * 3 }, (_, i) => gray[Math.floor(i / 3)]!);
    const images = await open([await save('colour.png', asColour, 6, 4), await save('gray.png', gray, 6, 4)]);
    expect(images.channels).toBe(1);
    expect([...(await readStored(images.stored, 0))]).toEqual([...gray]);
    expect([...(await readStored(images.stored, 1))]).toEqual([...gray]);
  });

  it('are colour when a single pixel of the last one is', async () => {
    const gray = pixels(6, 4, 1);
    const tinted = Uint8Array.from({ length: gray.length * 3 }, (_, i) => gray[Math.floor(i / 3)]!);
    tinted[tinted.length - 1]! ^= 1;
    const images = await open([await save('gray.png', gray, 6, 4), await save('tinted.png', tinted, 6, 4)]);
    expect(images.channels).toBe(3);
    expect([...(await readStored(images.stored, 1))]).toEqual([...tinted]);
    // Gray becomes colour by repeating itself.
    expect([...(await readStored(images.stored, 0))]).toEqual([...gray].flatMap(level => [level, level, level]));
  });
});

describe('training images of mixed sizes', () => {
  it('are enlarged to fit the largest width and height, aspect kept, and padded with black at the bottom and the right', async () => {
    const paths = [
      await picture('wide.png', 40, 20),
      await picture('tall.png', 15, 30),
      await picture('small.png', 10, 9),
    ];
    const images = await open(paths);
    expect(images).toMatchObject({ widthPx: 40, heightPx: 30 });
    expect(mixedSizes(images)).toEqual(['The images differ in size: all are fitted into 40 × 30 pixels.']);
    expect([0, 1, 2].map(i => images.scaleOf(i))).toEqual([1, 1, 30 / 9]);
    const [wide, tall, small] = await everything(images, 3);

    const region = (data: number[], widthPx: number, heightPx: number) =>
      data.filter((_, i) => i % 40 < widthPx && Math.floor(i / 40) < heightPx);
    const outside = (data: number[], widthPx: number, heightPx: number) =>
      data.filter((_, i) => i % 40 >= widthPx || Math.floor(i / 40) >= heightPx);
    expect(region(wide!, 40, 20)).toEqual([...pixels(40, 20, 1)]);
    expect(region(tall!, 15, 30)).toEqual([...pixels(15, 30, 1)]);
    // 10 × 9 becomes 33 × 30.
    const own = { widthPx: 10, heightPx: 9, channels: 1 as const, data: pixels(10, 9, 1) };
    expect(region(small!, 33, 30)).toEqual([...resizeBilinear(own, 33, 30)]);
    for (const [data, widthPx, heightPx] of [
      [wide!, 40, 20],
      [tall!, 15, 30],
      [small!, 33, 30],
    ] as const) {
      expect(data).toHaveLength(40 * 30);
      expect(new Set(outside(data, widthPx, heightPx))).toEqual(new Set([0]));
    }
  });

  it('are said to be mixed also where every one fits without being enlarged', async () => {
    const images = await open([await picture('wide.png', 40, 20), await picture('tall.png', 20, 40)]);
    expect([images.scaleOf(0), images.scaleOf(1)]).toEqual([1, 1]);
    expect(mixedSizes(images)).toEqual(['The images differ in size: all are fitted into 40 × 40 pixels.']);
  });

  it('carry their points along: a dot is found where its place times the scale says', async () => {
    const [widthPx, heightPx, x, y] = [31, 23, 19, 8];
    const dot = Uint8Array.from({ length: widthPx * heightPx }, (_, i) =>
      Math.round(255 * Math.exp(-(((i % widthPx) - x) ** 2 + (Math.floor(i / widthPx) - y) ** 2) / 8)),
    );
    const images = await open([await save('dot.png', dot, widthPx, heightPx), await picture('large.png', 97, 80)]);
    const scale = images.scaleOf(0);
    expect(scale).toBeCloseTo(97 / 31, 12);
    const data = await readStored(images.stored, 0);
    let [sum, sumX, sumY] = [0, 0, 0];
    data.forEach((level, i) => {
      sum += level;
      sumX += level * (i % 97);
      sumY += level * Math.floor(i / 97);
    });
    // Bilinear resizing moves the centres of pixels by half of the growth; beyond that nothing may be lost.
    const shift = 0.5 * (scale - 1);
    expect(Math.abs(sumX / sum - (x * scale + shift))).toBeLessThan(0.5);
    expect(Math.abs(sumY / sum - (y * scale + shift))).toBeLessThan(0.5);
  });
});

describe('the memory for training images', () => {
  const sizes: [number, number, 1 | 3][] = [
    [12, 10, 1],
    [12, 10, 3],
    [6, 10, 1],
    [5, 5, 3],
  ];

  it('changes no byte: nothing cached, some and all read the same, the second time too', async () => {
    const paths: string[] = [];
    for (const [i, [w, h, c]] of sizes.entries()) paths.push(await picture(`${i}.png`, w, h, c));
    const full = await open(paths);
    const expected = await everything(full, sizes.length);
    for (const cacheBytes of [0, 1, 120, 500, 900]) {
      const images = await open(paths, { cacheBytes });
      expect(images).toMatchObject({ widthPx: 12, heightPx: 10, channels: 3 });
      expect(await everything(images, sizes.length)).toEqual(expected);
      expect(await everything(images, sizes.length)).toEqual(expected);
    }
    expect(await everything(full, sizes.length)).toEqual(expected);
  });

  it('holds no more than cacheBytes, counted in the common size: small images beside a large one grow', async () => {
    const large = await picture('large.png', 40, 30);
    const small: string[] = [];
    for (let i = 0; i < 9; i++) small.push(await picture(`small${i}.png`, 4, 3));
    // As decoded all ten would fit: 1200 + 9 * 12 bytes. In the common size each takes 1200.
    const images = await open([...small, large], { cacheBytes: 3 * 1200 + 50 });
    await everything(images, 10);
    // What is still there when the files are gone was in memory.
    for (const path of [...small, large]) await rm(path);
    const kept = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => readStored(images.stored, i)));
    expect(kept.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  });

  it('lets a training go on without the files where all fit', async () => {
    const path = await picture('a.png', 8, 8);
    const images = await open([path], { cacheBytes: 64 });
    await rm(path);
    expect([...(await readStored(images.stored, 0))]).toEqual([...pixels(8, 8, 1)]);
  });
});

describe('a bad image', () => {
  it.each([
    ['text.png', 'This is no image.'],
    ['empty.jpg', ''],
  ])('is named at the first reading: %s', async (name, content) => {
    const good = await picture('good.png', 4, 4);
    await writeFile(scratch.path(name), content);
    await expect(open([good, scratch.path(name)])).rejects.toMatchObject({
      code: 'image_invalid',
      message: expect.stringContaining(`"${name}"`),
    });
  });

  it('is named when it ends early, which only decoding shows', async () => {
    const bytes = await sharp(pixels(64, 64, 1), { raw: { width: 64, height: 64, channels: 1 } })
      .png()
      .toBuffer();
    await writeFile(scratch.path('cut.png'), bytes.subarray(0, bytes.length / 2));
    await expect(open([scratch.path('cut.png')])).rejects.toMatchObject({
      code: 'image_invalid',
      message: expect.stringContaining('"cut.png"'),
    });
  });

  it('is one with a side above the limit', async () => {
    const path = await picture('wide.png', 30, 4);
    await expect(open([path], { maxSidePx: 29 })).rejects.toMatchObject({
      code: 'image_invalid',
      message: expect.stringMatching(/"wide\.png".*30.*29.*MAX_IMAGE_SIDE_PX/),
    });
    await expect(open([path], { maxSidePx: 30 })).resolves.toMatchObject({ widthPx: 30 });
  });
});

describe('the first reading', () => {
  it('reports each image and can be left', async () => {
    const paths = [await picture('a.png', 4, 4), await picture('b.png', 4, 4), await picture('c.png', 4, 4)];
    const seen: number[] = [];
    await open(paths, { onRead: done => void seen.push(done) });
    expect(seen).toEqual([1, 2, 3]);
    const leaving = open(paths, {
      onRead: async done => {
        if (done === 2) throw new Error('asked to leave');
      },
    });
    await expect(leaving).rejects.toThrow('asked to leave');
  });
});
