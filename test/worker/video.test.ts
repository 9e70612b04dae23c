import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { convertVideo, type EncodeOptions, encodeVideo } from '../../demo/encode-video.ts';
import { type DecodeOptions, decodeVideo, probeVideo } from '../../gpu-worker/media/video.ts';
import type { VideoInfo } from '../../src/contract/inference.ts';
import { expectNoThreadsLeft, scratchFolder } from '../support/scratch.ts';

const WIDTH_PX = 160;
const HEIGHT_PX = 96;
const BLOCK_PX = 16;
const TEST_VID = '../shared/data/mirror-mouse/test_vid.mp4';

const scratch = scratchFolder();
expectNoThreadsLeft();

/** [H, W] gray: the frame's number as ten bits, a block each, over a gradient, which a codec must really encode. */
function numberedFrame(index: number): Uint8Array {
  const frame = new Uint8Array(WIDTH_PX * HEIGHT_PX);
  for (let y = 0; y < HEIGHT_PX; y++) {
    for (let x = 0; x < WIDTH_PX; x++) {
      const bit = (index >> Math.floor(x / BLOCK_PX)) & 1;
      frame[y * WIDTH_PX + x] = y < BLOCK_PX ? bit * 255 : (x + y + index * 3) % 200;
    }
  }
  return frame;
}

/** The number that a decoded [H, W] frame shows. */
function numberIn(frame: Uint8Array): number {
  const centres = Array.from({ length: WIDTH_PX / BLOCK_PX }, (_, b) => frame[8 * WIDTH_PX + b * BLOCK_PX + 8]! > 127);
  return centres.reduce((sum, lit, b) => sum + (lit ? 2 ** b : 0), 0);
}

const numberedFrames = (count: number) => Array.from({ length: count }, (_, index) => numberedFrame(index));

async function encode(name: string, codec: EncodeOptions['codec'], count: number, options: string[] = []) {
  const path = scratch.path(name);
  await encodeVideo(path, {
    widthPx: WIDTH_PX,
    heightPx: HEIGHT_PX,
    frames: numberedFrames(count),
    fps: 25,
    codec,
    options,
  });
  return path;
}

/** Decodes all; `numbers` are what the frames show. */
async function decode(path: string, options: Partial<DecodeOptions> = {}) {
  const info = await probeVideo(path);
  const frames = decodeVideo(path, info, { channels: 1, ...options });
  const numbers: number[] = [];
  const indices: number[] = [];
  for await (const { index, data } of frames) {
    indices.push(index);
    numbers.push(numberIn(data));
  }
  return { info, numbers, indices, ...frames.summary };
}

const upTo = (count: number, from = 0) => Array.from({ length: count - from }, (_, i) => from + i);

describe('every frame arrives once, in order and under its number', () => {
  test.each([
    ['b-frames.mp4', 'h264', 'h264'],
    ['b-frames.mkv', 'h264', 'h264'],
    ['camera.avi', 'mpeg4', 'mpeg4'],
    ['camera.mov', 'mjpeg', 'mjpeg'],
    ['page.webm', 'vp8', 'vp8'],
    ['lossless.mkv', 'ffv1', 'ffv1'],
  ] as const)('%s (%s)', async (name, codec, codecName) => {
    const { info, numbers, indices, frames, complaint } = await decode(await encode(name, codec, 120));
    const counted = /\.(mp4|avi|mov)$/.test(name);
    expect(info).toEqual({
      widthPx: WIDTH_PX,
      heightPx: HEIGHT_PX,
      fps: 25,
      frames: counted ? 120 : null,
      codec: codecName,
      rotationDegrees: 0,
    } satisfies VideoInfo);
    expect(numbers).toEqual(upTo(120));
    expect(indices).toEqual(upTo(120));
    expect({ frames, complaint }).toEqual({ frames: 120, complaint: null });
  });

  test('from startFrame on, exactly, also between key frames', async () => {
    const { numbers, indices, frames } = await decode(await encode('a.mp4', 'h264', 90), { startFrame: 47 });
    expect(numbers).toEqual(upTo(90, 47));
    expect(indices).toEqual(upTo(90, 47));
    expect(frames).toBe(90);
  });

  test('from a startFrame behind the end there are none', async () => {
    const { numbers, complaint } = await decode(await encode('a.mp4', 'h264', 10), { startFrame: 10 });
    expect(numbers).toEqual([]);
    expect(complaint).toBeNull();
  });

  test('with a variable frame rate none is doubled or dropped', async () => {
    const timing = ['-vf', 'setpts=(N*3+mod(N\\,3))/25/TB', '-vsync', 'passthrough'];
    const path = scratch.path('vfr.mkv');
    await convertVideo(await encode('a.mkv', 'ffv1', 60), path, [...timing, '-c:v', 'ffv1']);
    expect((await decode(path)).numbers).toEqual(upTo(60));
  });

  test('of an mp4 that was cut without re-encoding only the frames that a player shows, and no complaint', async () => {
    const whole = await encode('a.mp4', 'h264', 60);
    await convertVideo(whole, scratch.path('cut.mp4'), ['-c', 'copy'], ['-ss', '0.5']);
    const { info, numbers, complaint } = await decode(scratch.path('cut.mp4'));
    expect(numbers.at(-1)).toBe(59);
    expect(numbers).toEqual(upTo(60, numbers[0]));
    expect(numbers.length).toBeLessThan(50);
    expect({ frames: info.frames, complaint }).toEqual({ frames: numbers.length, complaint: null });
  });

  test.skipIf(!existsSync(TEST_VID))('the real test video has its 994 frames', async () => {
    const info = await probeVideo(TEST_VID);
    expect(info).toEqual({ widthPx: 396, heightPx: 406, fps: 250, frames: 994, codec: 'h264', rotationDegrees: 0 });
    const frames = decodeVideo(TEST_VID, info, { channels: 1 });
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

  async function firstFrame(path: string, channels: 1 | 3): Promise<Uint8Array> {
    for await (const { data } of decodeVideo(path, await probeVideo(path), { channels })) return Uint8Array.from(data);
    throw new Error('no frame');
  }

  test('RGB comes back as it was stored', async () => {
    const path = scratch.path('rgb.mkv');
    await encodeVideo(path, { widthPx: WIDTH_PX, heightPx: HEIGHT_PX, frames: [frame], fps: 1, codec: 'ffv1' });
    expect(await firstFrame(path, 3)).toEqual(frame);
  });

  test('gray is luma over the full range', async () => {
    const path = scratch.path('rgb.mkv');
    await encodeVideo(path, { widthPx: WIDTH_PX, heightPx: HEIGHT_PX, frames: [frame], fps: 1, codec: 'ffv1' });
    const gray = await firstFrame(path, 1);
    const worst = gray.reduce((most, value, i) => {
      const [r, g, b] = frame.subarray(3 * i, 3 * i + 3) as unknown as [number, number, number];
      return Math.max(most, Math.abs(value - (0.299 * r + 0.587 * g + 0.114 * b)));
    }, 0);
    expect(worst).toBeLessThan(2);
  });

  test('black and white of a limited-range h264 are 0 and 255', async () => {
    const gray = await firstFrame(await encode('a.mp4', 'h264', 2), 1);
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
    expect((await firstFrame(scratch.path('w.mp4'), 1))[5000]).toBeGreaterThan(250);
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
      expect(await firstFrame(path, 1)).toEqual(shown);
      // Clockwise by 90 degrees: what is stored at the top left stands at the top right.
      const stored = await firstFrame(scratch.path('a.mov'), 1);
      const corner = { 90: widthPx - 1, 180: widthPx * heightPx - 1, 270: widthPx * (heightPx - 1) }[
        info.rotationDegrees
      ]!;
      expect(shown[corner]).toBe(stored[0]);
    },
  );

  test('frames keep the size of the first when the stream changes its own', async () => {
    const parts = [await encode('a.ts', 'h264', 5), scratch.path('small.ts')] as const;
    const small = Array.from({ length: 5 }, () => new Uint8Array(80 * 48));
    await encodeVideo(parts[1], { widthPx: 80, heightPx: 48, frames: small, fps: 25, codec: 'h264' });
    await writeFile(scratch.path('both.ts'), Buffer.concat(await Promise.all(parts.map(part => readFile(part)))));
    const { info, numbers } = await decode(scratch.path('both.ts'));
    expect(info).toMatchObject({ widthPx: WIDTH_PX, heightPx: HEIGHT_PX });
    expect(numbers.slice(0, 5)).toEqual(upTo(5));
    expect(numbers).toHaveLength(10);
  });
});

describe('the reader sets the pace', () => {
  test('a slow reader stalls the decoder: no frame is overwritten or lost', async () => {
    const path = await encode('a.mkv', 'ffv1', 100);
    const numbers: number[] = [];
    for await (const { data } of decodeVideo(path, await probeVideo(path), { channels: 1 })) {
      if (numbers.length % 60 === 0) await new Promise(resolve => setTimeout(resolve, 250));
      numbers.push(numberIn(data));
    }
    expect(numbers).toEqual(upTo(100));
  });

  test('leaving the loop ends the thread', async () => {
    const path = await encode('a.mkv', 'ffv1', 100);
    for await (const { index } of decodeVideo(path, await probeVideo(path), { channels: 1 })) if (index === 2) break;
  });

  test('an exception in the loop ends the thread', async () => {
    const path = await encode('a.mkv', 'ffv1', 100);
    const info = await probeVideo(path);
    const reading = async () => {
      for await (const _ of decodeVideo(path, info, { channels: 1 })) throw new Error('the reader failed');
    };
    await expect(reading()).rejects.toThrow('the reader failed');
  });

  test('an abort ends the thread at once and throws its reason at the next frame', async () => {
    const path = await encode('a.mkv', 'ffv1', 100);
    const abort = new AbortController();
    let seen = 0;
    const reading = async () => {
      for await (const { index } of decodeVideo(path, await probeVideo(path), { channels: 1, signal: abort.signal })) {
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

describe('a damaged video', () => {
  const cut = async (path: string, share: number) => {
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, Math.floor(bytes.length * share)));
    return path;
  };

  test('an mp4 without its second half gives what it has and names the shortfall', async () => {
    const path = await cut(await encode('a.mp4', 'h264', 60, ['-movflags', '+faststart']), 0.6);
    const { numbers, frames, complaint } = await decode(path);
    expect(numbers.length).toBeGreaterThan(0);
    expect(numbers.length).toBeLessThan(60);
    expect(numbers.slice(0, 5)).toEqual(upTo(5));
    expect(frames).toBe(numbers.length);
    expect(complaint).toMatch(
      new RegExp(`^The video ends early or is damaged: ${frames} of its 60 frames could be read`),
    );
  });

  test('an avi without its second half as well, whose reader does not mind', async () => {
    const { numbers, complaint } = await decode(await cut(await encode('a.avi', 'mpeg4', 60), 0.6));
    // The last one is the frame that was cut through.
    expect(numbers.slice(0, -1)).toEqual(upTo(numbers.length - 1));
    expect(complaint).toMatch(new RegExp(`${numbers.length} of its 60 frames could be read`));
  });

  test('a webm, which carries no count, is found out by the decoder’s words', async () => {
    const { numbers, complaint } = await decode(await cut(await encode('a.webm', 'vp8', 60), 0.6));
    expect(numbers).toEqual(upTo(numbers.length));
    expect(complaint).toMatch(/ends early, \d+ frames could be read \("File ended prematurely"\)/);
  });

  test('bytes changed in the middle are complained of', async () => {
    const path = await encode('a.mp4', 'h264', 60, ['-movflags', '+faststart']);
    const bytes = await readFile(path);
    for (let i = Math.floor(bytes.length * 0.5); i < bytes.length * 0.55; i++) bytes[i]! ^= 0x5a;
    await writeFile(path, bytes);
    const { numbers, complaint } = await decode(path);
    expect(numbers.length).toBeGreaterThan(30);
    expect(complaint).not.toBeNull();
  });

  test('an mp4 whose index is missing is refused, and the sentence says so', async () => {
    const path = await cut(await encode('a.mp4', 'h264', 60), 0.6);
    await expect(probeVideo(path)).rejects.toMatchObject({
      code: 'video_invalid',
      message: 'The video was cut short: its index (the "moov atom" at its end) is missing.',
    });
  });

  test('a video of which no frame can be decoded is refused', async () => {
    const path = await encode('a.mp4', 'h264', 30, ['-movflags', '+faststart']);
    const info = await probeVideo(path);
    const bytes = await readFile(path);
    bytes.fill(0, bytes.indexOf('mdat') + 4);
    await writeFile(path, bytes);
    const reading = async () => {
      for await (const _ of decodeVideo(path, info, { channels: 1 }));
    };
    await expect(reading()).rejects.toMatchObject({
      code: 'video_invalid',
      message: /^No frame of the video can be decoded/,
    });
  });
});

describe('what is no video is refused with a sentence of its own', () => {
  test('a text file', async () => {
    await writeFile(scratch.path('a.mp4'), 'frame,x,y\n1,2,3\n'.repeat(200));
    await expect(probeVideo(scratch.path('a.mp4'))).rejects.toMatchObject({
      code: 'video_invalid',
      message: 'The file is not a video that can be read: Invalid data found when processing input.',
    });
  });

  test('an empty file', async () => {
    await writeFile(scratch.path('a.mp4'), '');
    await expect(probeVideo(scratch.path('a.mp4'))).rejects.toMatchObject({
      code: 'video_invalid',
      message: /0 bytes/,
    });
  });

  test.each(['a.mp4', 'a.mov', 'a.wav'])('sound only: %s', async name => {
    await writeFile(scratch.path('pcm'), new Uint8Array(88_200));
    await convertVideo(scratch.path('pcm'), scratch.path(name), [], ['-f', 's16le', '-ar', '44100', '-ac', '1']);
    await expect(probeVideo(scratch.path(name))).rejects.toMatchObject({
      code: 'video_invalid',
      message: 'The file has no video stream, only audio.',
    });
  });

  test.each(['av1.ivf', 'av1.mp4', 'av1.webm'])('AV1: %s', async name => {
    await writeFile(scratch.path('av1.ivf'), smallestAv1());
    if (name !== 'av1.ivf') await convertVideo(scratch.path('av1.ivf'), scratch.path(name), ['-c', 'copy']);
    await expect(probeVideo(scratch.path(name))).rejects.toMatchObject({
      code: 'video_codec_unsupported',
      message: 'The video is encoded as AV1, which cannot be decoded here.',
      remedy: expect.stringContaining('H.264'),
    });
  });

  test('a codec that nobody knows', async () => {
    const path = await encode('a.mp4', 'h264', 5);
    const bytes = await readFile(path);
    bytes.write('zzzz', bytes.indexOf('avc1', bytes.indexOf('stsd')), 'latin1');
    await writeFile(path, bytes);
    await expect(probeVideo(path)).rejects.toMatchObject({ code: 'video_codec_unsupported', message: /\(zzzz\)/ });
  });

  test('a file on which the prober itself dies: H.264 that calls itself AV1', async () => {
    const path = await encode('a.mp4', 'h264', 5);
    const bytes = await readFile(path);
    bytes.write('av01', bytes.indexOf('avc1', bytes.indexOf('stsd')), 'latin1');
    await writeFile(path, bytes);
    await expect(probeVideo(path)).rejects.toMatchObject({
      code: 'video_invalid',
      message: /not a video that can be read: \w/,
    });
  });

  test.each(['in', '@in', '/@in'])('a play list of itself (%s), which makes ffmpeg run for ever', async name => {
    const info = await probeVideo(await encode('a.mkv', 'ffv1', 5));
    const path = scratch.path('loop.mp4');
    await writeFile(path, `ffconcat version 1.0\nfile ${name}\n`);
    await expect(probeVideo(path)).rejects.toMatchObject({ code: 'video_invalid' });
    const reading = async () => {
      for await (const _ of decodeVideo(path, info, { channels: 1 }));
    };
    await expect(reading()).rejects.toMatchObject({ code: 'video_invalid' });
  });

  test('a file that is not there is no fault of the video', async () => {
    await expect(probeVideo(scratch.path('absent.mp4'))).rejects.toThrow(/ENOENT/);
  });
});

/**
 * An IVF file with one AV1 frame of 192 × 128, since this ffmpeg cannot encode AV1. AV1 specification 5.5: the sequence header of a
 * still picture, field by field as [value, bits].
 */
function smallestAv1(): Buffer {
  const profileStillReducedLevel = [
    [0, 3],
    [1, 1],
    [1, 1],
    [0, 5],
  ];
  const sizeBitsThenSize = [
    [8, 4],
    [8, 4],
    [191, 9],
    [127, 9],
  ];
  const toolsColourAndGrainOff = [[0, 14]];
  const fields = [...profileStillReducedLevel, ...sizeBitsThenSize, ...toolsColourAndGrainOff, [1, 1]] as [
    number,
    number,
  ][];
  const bits = fields.map(([value, length]) => value.toString(2).padStart(length, '0')).join('');
  const sequence = Buffer.from((bits.match(/.{1,8}/g) ?? []).map(byte => Number.parseInt(byte.padEnd(8, '0'), 2)));
  const unit = (type: number, payload: Buffer) =>
    Buffer.concat([Buffer.from([(type << 3) | 2, payload.length]), payload]);
  const frame = Buffer.concat([
    unit(2, Buffer.alloc(0)),
    unit(1, sequence),
    unit(6, Buffer.from([16, 0, 0, 0, 0, 0, 0, 0])),
  ]);
  const header = Buffer.alloc(32 + 12);
  header.write('DKIF\0\0\x20\0AV01', 'latin1');
  header.writeUInt16LE(192, 12);
  header.writeUInt16LE(128, 14);
  header.writeUInt32LE(25, 16);
  header.writeUInt32LE(1, 20);
  header.writeUInt32LE(1, 24);
  header.writeUInt32LE(frame.length, 32);
  return Buffer.concat([header, frame]);
}
