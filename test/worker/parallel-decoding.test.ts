/** Decoding from the middle, by several decoders, and on when a decoder dies, hangs or begins too late: the very same frames come. */
import { readFile, writeFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { convertVideo, type EncodeOptions } from '../../demo/encode-video.ts';
import { type DecodeOptions, decodeVideo, type OpenedVideo, openVideo } from '../../gpu-worker/media/video.ts';
import type { FrameRun } from '../../src/contract/frame-runs.ts';
import { encodeNumbered, numberIn, upTo } from '../support/numbered-video.ts';
import { expectNoThreadsLeft, scratchFolder } from '../support/scratch.ts';

const scratch = scratchFolder();
expectNoThreadsLeft();

/** What a test does to each thread as it starts; `started` counts them. */
let onThread: (thread: Worker) => void = () => {};
let started = 0;
const count = (thread: Worker) => {
  started++;
  onThread(thread);
};
beforeEach(() => {
  onThread = () => {};
  process.on('worker', count);
});
afterEach(() => void process.off('worker', count));

async function open(name: string, codec: EncodeOptions['codec'], frames: number, options: string[] = []) {
  const path = await encodeNumbered(scratch.path(name), codec, frames, options);
  const opened = await openVideo(path);
  started = 0;
  return { path, ...opened };
}

type Video = OpenedVideo & { path: string };

/** Reads all; every frame must show its own number. `afterFrame` is told how many there were. */
async function read(video: Video, options: Partial<DecodeOptions>, afterFrame = (_: number) => {}) {
  const frames = decodeVideo(video.path, video, { pixels: 'gray', ...options });
  const indices: number[] = [];
  for await (const { index: number, data } of frames) {
    if (numberIn(data) !== number) throw new Error(`Frame ${number} shows ${numberIn(data)}.`);
    indices.push(number);
    afterFrame(indices.length);
  }
  return { indices, ...frames.summary };
}

const run = (first: number, last = Number.POSITIVE_INFINITY, step = 1): FrameRun => ({ first, last, step });
const ascending = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b);

const GOP = ['-g', '20', '-sc_threshold', '0'];
const OPEN_GOP = ['-x264-params', 'keyint=20:scenecut=0:bframes=3:open-gop=1'];

describe('from the middle', () => {
  test.each([
    ['closed.mp4', 'h264', GOP],
    ['closed.mkv', 'h264', GOP],
    ['closed.ts', 'h264', GOP],
    ['closed.flv', 'h264', GOP],
    ['open.mp4', 'h264', OPEN_GOP],
    ['open.mkv', 'h264', OPEN_GOP],
    ['open.ts', 'h264', OPEN_GOP],
    ['single.mov', 'mjpeg', []],
    ['page.webm', 'vp8', ['-g', '20']],
    // It has no key frames but recovery points, from which some frames cannot be shown.
    ['refreshed.mkv', 'h264', ['-x264-params', 'keyint=20:intra-refresh=1:bframes=0']],
    ['unindexed.avi', 'mpeg4', GOP],
  ] as const)('%s: the wanted frames and no others', async (name, codec, options) => {
    const video = await open(name, codec, 100, [...options]);
    // Before a key frame, at one, and the last. Between two of them: frame-exactness.test.ts, and the runs below.
    for (const first of [19, 20, 99]) {
      const { indices, complaint } = await read(video, { runs: [run(first)] });
      expect({ indices, complaint }, `from ${first} on`).toEqual({ indices: upTo(100, first), complaint: null });
    }
    const runs = [run(3, 4), run(30, 50, 7), run(97)];
    const { indices, complaint } = await read(video, { runs });
    expect({ indices, complaint }).toEqual({ indices: [3, 4, 30, 37, 44, 97, 98, 99], complaint: null });
  });

  test('what lies behind the last wanted frame is not read: it may be damaged', async () => {
    const video = await open('a.mkv', 'h264', 200, GOP);
    const bytes = await readFile(video.path);
    // The index of key frames is at the end.
    bytes.fill(0, Math.floor(bytes.length * 0.5), Math.floor(bytes.length * 0.9));
    await writeFile(video.path, bytes);
    const { indices, frames, complaint } = await read(video, { runs: [run(45, 61)] });
    expect({ indices, frames, complaint }).toEqual({ indices: upTo(62, 45), frames: 17, complaint: null });
    const whole = decodeVideo(video.path, video, { pixels: 'gray' });
    for await (const _ of whole);
    expect(whole.summary.complaint).not.toBeNull();
  });

  test('frames that an edit list hides have no numbers', async () => {
    await encodeNumbered(scratch.path('whole.mp4'), 'h264', 100, GOP);
    const path = scratch.path('cut.mp4');
    await convertVideo(scratch.path('whole.mp4'), path, ['-c', 'copy'], ['-ss', '1.1']);
    const opened = await openVideo(path);
    const { info } = opened;
    const shown: number[] = [];
    const runs = [run(30)];
    for await (const { data } of decodeVideo(path, opened, { pixels: 'gray', runs })) shown.push(numberIn(data));
    expect(shown).toEqual(upTo(100, 100 - info.frames! + 30));
  });
});

describe('several decoders', () => {
  test('give every frame once, while one is started only as the reader waits', async () => {
    const video = await open('a.mkv', 'h264', 1000, GOP);
    const { indices, frames, complaint } = await read(video, { decoders: 3 });
    expect(ascending(indices)).toEqual(upTo(1000));
    expect({ frames, complaint }).toEqual({ frames: 1000, complaint: null });
    expect(started).toBeGreaterThan(1);
    expect(started).toBeLessThanOrEqual(3);
  });

  test('a slow reader has one, and its frames ascend', async () => {
    const video = await open('a.mkv', 'h264', 250, ['-g', '20', '-bf', '0']);
    const frames = decodeVideo(video.path, video, { pixels: 'gray', decoders: 3 });
    const indices: number[] = [];
    for await (const { index } of frames) {
      indices.push(index);
      await new Promise(resolve => setTimeout(resolve, indices.length % 8 === 0 ? 40 : 0));
    }
    expect(indices).toEqual(upTo(250));
    expect(started).toBe(1);
  });

  test('leaving the loop ends them all, as does an abort', async () => {
    const video = await open('a.mkv', 'h264', 1000, GOP);
    const { path } = video;
    let left = 0;
    for await (const _ of decodeVideo(path, video, { pixels: 'gray', decoders: 2 })) if (++left === 500) break;
    const abort = new AbortController();
    const stop = (frames: number) => frames === 500 && abort.abort(new Error('canceled'));
    await expect(read(video, { decoders: 2, signal: abort.signal }, stop)).rejects.toThrow('canceled');
  });
});

describe('a decoder that dies', () => {
  test.each([
    ['a.mp4', 'h264', GOP],
    ['a.avi', 'mpeg4', GOP],
  ] as const)('is replaced, and every frame comes once: %s', async (name, codec, options) => {
    // So long that the decoder is not done when its reader, on a busy machine, has come to frame 180.
    const video = await open(name, codec, 500, [...options]);
    const threads: Worker[] = [];
    onThread = thread => threads.push(thread);
    const kill = (frames: number) => [90, 180].includes(frames) && threads.at(-1)!.terminate();
    const { indices, complaint } = await read(video, {}, kill);
    expect({ indices, complaint }).toEqual({ indices: upTo(500), complaint: null });
    expect(started).toBe(3);
  });

  test('once more without having given a frame ends its piece, with a complaint', async () => {
    const video = await open('a.mp4', 'h264', 200, GOP);
    const threads: Worker[] = [];
    onThread = thread => {
      threads.push(thread);
      if (threads.length > 1) void thread.terminate();
    };
    const { indices, complaint } = await read(video, {}, frames => frames === 50 && threads[0]!.terminate());
    expect(indices.length).toBeGreaterThanOrEqual(50);
    expect(indices).toEqual(upTo(indices.length));
    expect(complaint).toBe(
      `The video ends early or is damaged: ${indices.length} of its 200 frames could be read ("the decoder ended without a word").`,
    );
  });
});

describe('a decoder that hangs', () => {
  test('fails the video once nothing came for its time', async () => {
    const video = await open('a.mp4', 'h264', 20);
    // It never hears of its piece: no file is known that holds ffmpeg for ever, as one may all the same.
    const unheard = vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(() => {});
    onTestFinished(() => unheard.mockRestore());
    await expect(read(video, { stallSeconds: 0.5 })).rejects.toMatchObject({
      code: 'video_invalid',
      message: 'Decoding the video stands still: nothing came for 0.5 seconds, before its first frame.',
    });
  });

  test('is no decoder whose reader takes its time', async () => {
    const video = await open('a.mp4', 'h264', 100);
    const frames = decodeVideo(video.path, video, { pixels: 'gray', stallSeconds: 2 });
    let read = 0;
    for await (const _ of frames) if (read++ === 2) await new Promise(resolve => setTimeout(resolve, 2500));
    expect(read).toBe(100);
  });
});
