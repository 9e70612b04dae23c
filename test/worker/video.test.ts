/** Reading a video: its pixels, and who waits for whom. That every frame comes under its number: frame-exactness.test.ts. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { convertVideo, type EncodeOptions, encodeVideo } from '../../demo/encode-video.ts';
import { type DecodeOptions, decodeVideo, openVideo, probeVideo } from '../../gpu-worker/media/video.ts';
import { decodeNumbers, encodeNumbered, HEIGHT_PX, numberIn, upTo, WIDTH_PX } from '../support/numbered-video.ts';
import { expectNoThreadsLeft, scratchFolder } from '../support/scratch.ts';

const TEST_VID = '../shared/data/mirror-mouse/test_vid.mp4';

const scratch = scratchFolder();
expectNoThreadsLeft();

const encode = (name: string, codec: EncodeOptions['codec'], frames: number, options?: string[]) =>
  encodeNumbered(scratch.path(name), codec, frames, options);

describe('the frames of a video', () => {
  test('from a startFrame behind the end there are none', async () => {
    const { numbers, complaint } = await decodeNumbers(await encode('a.mp4', 'h264', 10), { startFrame: 10 });
    expect(numbers).toEqual([]);
    expect(complaint).toBeNull();
  });

  test.skipIf(!existsSync(TEST_VID))('the real test video has its 994 frames', async () => {
    const opened = await openVideo(TEST_VID);
    expect(opened.info).toEqual({
      widthPx: 396,
      heightPx: 406,
      fps: 250,
      frames: 994,
      codec: 'h264',
      rotationDegrees: 0,
      variableRate: false,
    });
    const frames = decodeVideo(TEST_VID, opened, { pixels: 'gray' });
    let count = 0;
    for await (const { index, data } of frames) {
      expect(index).toBe(count++);
      expect(data.length).toBe(396 * 406);
    }
    expect(count).toBe(994);
    expect(frames.summary).toEqual({ frames: 994, complaint: null });
  });
});

describe('pixels', () => {
  const frame = Uint8Array.from({ length: WIDTH_PX * HEIGHT_PX * 3 }, (_, i) => (i * 7 + (i % 3) * 60) % 256);

  async function firstFrame(path: string, pixels: DecodeOptions['pixels']): Promise<Uint8Array> {
    for await (const { data } of decodeVideo(path, await openVideo(path), { pixels })) return Uint8Array.from(data);
    throw new Error('no frame');
  }

  test('RGB comes back as it was stored', async () => {
    const path = scratch.path('rgb.mkv');
    await encodeVideo(path, { widthPx: WIDTH_PX, heightPx: HEIGHT_PX, frames: [frame], fps: 1, codec: 'ffv1' });
    expect(await firstFrame(path, 'rgb24')).toEqual(frame);
  });

  test('gray is luma over the full range', async () => {
    const path = scratch.path('rgb.mkv');
    await encodeVideo(path, { widthPx: WIDTH_PX, heightPx: HEIGHT_PX, frames: [frame], fps: 1, codec: 'ffv1' });
    const gray = await firstFrame(path, 'gray');
    const worst = gray.reduce((most, value, i) => {
      const [r, g, b] = frame.subarray(3 * i, 3 * i + 3) as unknown as [number, number, number];
      return Math.max(most, Math.abs(value - (0.299 * r + 0.587 * g + 0.114 * b)));
    }, 0);
    expect(worst).toBeLessThan(2);
  });

  test('black and white of a limited-range h264 are 0 and 255', async () => {
    const gray = await firstFrame(await encode('a.mp4', 'h264', 2), 'gray');
    expect(numberIn(gray)).toBe(0);
    expect(gray[8 * WIDTH_PX + 8]).toBeLessThan(6);
    const white = new Uint8Array(WIDTH_PX * HEIGHT_PX).fill(255);
    await encodeVideo(scratch.path('w.mp4'), {
      widthPx: WIDTH_PX,
      heightPx: HEIGHT_PX,
      frames: [white],
      fps: 1,
      codec: 'h264',
    });
    expect((await firstFrame(scratch.path('w.mp4'), 'gray'))[5000]).toBeGreaterThan(250);
  });

  test.each([90, 180, 270])(
    'a video turned by %i degrees is delivered upright, as ffmpeg itself shows it',
    async tag => {
      const path = scratch.path('turned.mov');
      await convertVideo(await encode('a.mov', 'mjpeg', 3), path, ['-c', 'copy', '-metadata:s:v', `rotate=${tag}`]);
      await convertVideo(path, scratch.path('shown.raw'), ['-f', 'rawvideo', '-pix_fmt', 'gray', '-frames:v', '1']);
      const info = await probeVideo(path);
      const [widthPx, heightPx] = tag === 180 ? [WIDTH_PX, HEIGHT_PX] : [HEIGHT_PX, WIDTH_PX];
      expect(info).toMatchObject({ widthPx, heightPx });
      expect([tag, 360 - tag]).toContain(info.rotationDegrees);
      const shown = new Uint8Array(await readFile(scratch.path('shown.raw')));
      expect(await firstFrame(path, 'gray')).toEqual(shown);
      // Clockwise by 90 degrees: what is stored at the top left stands at the top right.
      const stored = await firstFrame(scratch.path('a.mov'), 'gray');
      const corner = { 90: widthPx - 1, 180: widthPx * heightPx - 1, 270: widthPx * (heightPx - 1) }[
        info.rotationDegrees
      ]!;
      expect(shown[corner]).toBe(stored[0]);
    },
  );

  test('yuv420p is in limited range, its sizes made even with black at the right and the bottom', async () => {
    const [widthPx, heightPx] = [5, 3];
    const frames = [new Uint8Array(widthPx * heightPx).fill(255)];
    await encodeVideo(scratch.path('odd.mkv'), { widthPx, heightPx, frames, fps: 1, codec: 'ffv1' });
    const [white, black, noColour] = [235, 16, 128];
    const luma = [...new Array(3).fill([...new Array(5).fill(white), black]), new Array(6).fill(black)].flat();
    expect([...(await firstFrame(scratch.path('odd.mkv'), 'yuv420p'))]).toEqual([
      ...luma,
      ...new Array(12).fill(noColour),
    ]);
  });

  test.each(['tv', 'pc'])('gray of range %s is what ffmpeg itself makes of it, level for level', async range => {
    const levels = Uint8Array.from({ length: 256 * 16 }, (_, i) => i % 256);
    const path = scratch.path('levels.mkv');
    const luma = ['-vf', `format=yuv420p,geq=lum=X:cb=128:cr=128,setparams=range=${range}`, '-color_range', range];
    await encodeVideo(path, { widthPx: 256, heightPx: 16, frames: [levels], fps: 1, codec: 'ffv1', options: luma });
    await convertVideo(path, scratch.path('shown.raw'), ['-f', 'rawvideo', '-pix_fmt', 'gray']);
    const shown = new Uint8Array(await readFile(scratch.path('shown.raw')));
    expect(new Set(shown).size).toBe(range === 'tv' ? 220 : 256);
    expect(await firstFrame(path, 'gray')).toEqual(shown);
  });

  test('frames keep the size of the first when the stream changes its own', async () => {
    const parts = [await encode('a.ts', 'h264', 5), scratch.path('small.ts')] as const;
    const small = Array.from({ length: 5 }, () => new Uint8Array(80 * 48));
    await encodeVideo(parts[1], { widthPx: 80, heightPx: 48, frames: small, fps: 25, codec: 'h264' });
    await writeFile(scratch.path('both.ts'), Buffer.concat(await Promise.all(parts.map(part => readFile(part)))));
    const { info, numbers } = await decodeNumbers(scratch.path('both.ts'));
    expect(info).toMatchObject({ widthPx: WIDTH_PX, heightPx: HEIGHT_PX });
    expect(numbers.slice(0, 5)).toEqual(upTo(5));
    expect(numbers).toHaveLength(10);
  });
});

describe('the reader sets the pace', () => {
  test('a slow reader stalls the decoder: no frame is overwritten or lost', async () => {
    const path = await encode('a.mkv', 'ffv1', 100);
    const numbers: number[] = [];
    for await (const { data } of decodeVideo(path, await openVideo(path), { pixels: 'gray' })) {
      if (numbers.length % 60 === 0) await new Promise(resolve => setTimeout(resolve, 250));
      numbers.push(numberIn(data));
    }
    expect(numbers).toEqual(upTo(100));
  });

  test('leaving the loop ends the thread', async () => {
    const path = await encode('a.mkv', 'ffv1', 100);
    for await (const { index } of decodeVideo(path, await openVideo(path), { pixels: 'gray' })) if (index === 2) break;
  });

  test('an exception in the loop ends the thread', async () => {
    const path = await encode('a.mkv', 'ffv1', 100);
    const opened = await openVideo(path);
    const reading = async () => {
      for await (const _ of decodeVideo(path, opened, { pixels: 'gray' })) throw new Error('the reader failed');
    };
    await expect(reading()).rejects.toThrow('the reader failed');
  });

  test('an abort ends the thread at once and throws its reason at the next frame', async () => {
    const path = await encode('a.mkv', 'ffv1', 100);
    const abort = new AbortController();
    let seen = 0;
    const reading = async () => {
      for await (const { index } of decodeVideo(path, await openVideo(path), {
        pixels: 'gray',
        signal: abort.signal,
      })) {
        seen = index;
        if (index === 3) abort.abort(new Error('canceled'));
      }
    };
    await expect(reading()).rejects.toThrow('canceled');
    expect(seen).toBe(3);
  });

  test('an abort ends a probe', async () => {
    const path = await encode('a.mkv', 'ffv1', 20);
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error('canceled')), 20);
    await expect(probeVideo(path, abort.signal)).rejects.toThrow('canceled');
  });
});
