/** The index of a video's frames: from the packets of real containers, and from what ffprobe might write. */
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { convertVideo, type EncodeOptions } from '../../demo/encode-video.ts';
import {
  type FrameIndex,
  frameAt,
  isVariableRate,
  keyFrameBefore,
  keyFrameFrom,
  PacketList,
  type StreamClock,
  secondsOf,
} from '../../gpu-worker/media/frame-index.ts';
import { decodeVideo, openVideo } from '../../gpu-worker/media/video.ts';
import { encodeNumbered, upTo } from '../support/numbered-video.ts';
import { expectNoThreadsLeft, scratchFolder } from '../support/scratch.ts';

const scratch = scratchFolder();
expectNoThreadsLeft();

const encode = (name: string, codec: EncodeOptions['codec'], frames: number, options?: string[]) =>
  encodeNumbered(scratch.path(name), codec, frames, options);

const MP4: StreamClock = {
  codec: 'h264',
  container: 'mov,mp4,m4a,3gp,3g2,mj2',
  timeBase: '1/100',
  startSeconds: 0,
  hasBFrames: true,
  interlaced: false,
};

function indexOf(lines: readonly string[], clock: Partial<StreamClock> = {}): FrameIndex | null {
  const packets = new PacketList();
  packets.read(`${lines.join('\n')}\n`);
  return packets.index({ ...MP4, ...clock });
}

describe('from packets', () => {
  const lines = ['0,K_', '12,__', '4,__', '8,__', '16,K_', '-4,_D'];

  test('frames are in the order of their times, without hidden ones, whatever pieces the text comes in', () => {
    const packets = new PacketList();
    for (const letter of `${lines.join('\n')}\n`) packets.read(letter);
    const index = packets.index(MP4)!;
    expect([...index.pts]).toEqual([0, 4, 8, 12, 16]);
    expect([...index.keyFrames]).toEqual([0, 4]);
    expect(packets.discarded).toBe(1);
  });

  test('times before zero keep their key frames', () => {
    const index = indexOf(['-3,K_', '-1,__', '1,K_'])!;
    expect([...index.pts]).toEqual([-3, -1, 1]);
    expect([...index.keyFrames]).toEqual([0, 2]);
  });

  test('a frame is found by its time, and a time that no frame has is not', () => {
    const index = indexOf(lines)!;
    expect([...index.pts].map(time => frameAt(index, time, 0))).toEqual(upTo(5));
    expect([3, -1, 17, Number.NaN].map(time => frameAt(index, time, 2))).toEqual([null, null, null, null]);
  });

  test('key frames are found at, before and behind a frame', () => {
    const index = indexOf(lines)!;
    expect([0, 3, 4].map(frame => keyFrameBefore(index, frame))).toEqual([0, 0, 4]);
    expect([0, 1, 5].map(frame => keyFrameFrom(index, frame))).toEqual([0, 4, Number.POSITIVE_INFINITY]);
    expect(keyFrameBefore(indexOf(['0,__', '4,K_'])!, 0)).toBe(0);
  });

  test('seconds count from the start of the file', () => {
    expect(secondsOf(indexOf(lines, { startSeconds: -0.5 })!, 3)).toBeCloseTo(0.62);
  });

  test.each([
    ['a packet without a time', ['0,K_', 'N/A,__', '8,__'], {}],
    ['two packets of one time', ['0,K_', '4,__', '4,__'], {}],
    ['no packet', [], {}],
    ['avi, whose times only count chunks', lines, { container: 'avi' }],
    ['fields', lines, { interlaced: true }],
    ['no time base', lines, { timeBase: '0/0' }],
    [
      'a hidden frame of VP8 a millisecond before the shown one',
      ['0,K_', '40,__', '79,__', '80,__'],
      { codec: 'vp8', timeBase: '1/1000' },
    ],
  ])('there is none: %s', (_, packets, clock) => {
    expect(indexOf(packets, clock)).toBeNull();
  });

  test('intervals that the clock rounds are even ones', () => {
    expect(isVariableRate(indexOf(['0,K_', '33,__', '67,__', '100,__'])!)).toBe(false);
    expect(isVariableRate(indexOf(['0,K_', '33,__', '67,__', '102,__'])!)).toBe(true);
    expect(isVariableRate(indexOf(['0,K_'])!)).toBe(false);
  });

  test('a million packets take less than 100 MB', () => {
    const packets = new PacketList();
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    for (let block = 0; block < 1000; block++) {
      packets.read(
        Array.from({ length: 1000 }, (_, i) => `${1000 * block + (i ^ 1)},${i === 0 ? 'K_' : '__'}\n`).join(''),
      );
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    const index = packets.index(MP4)!;
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    expect(index.pts.length).toBe(1_000_000);
    expect(index.pts.every((time, i) => time === i)).toBe(true);
    expect(index.keyFrames.length).toBe(1000);
    expect(most).toBeLessThan(100e6);
  });
});

describe('of real containers', () => {
  test.each(['a.mp4', 'a.mkv', 'a.ts', 'a.flv', 'a.mov'])('%s: all frames and key frames', async name => {
    const { info, index } = await openVideo(await encode(name, 'h264', 100, ['-g', '20']));
    expect(info).toMatchObject({ frames: 100, variableRate: false });
    expect(index!.pts.length).toBe(100);
    expect([...index!.keyFrames]).toEqual([0, 20, 40, 60, 80]);
    const times = upTo(100).map(frame => secondsOf(index!, frame));
    expect(times[0]).toBeCloseTo(0, 2);
    expect(times.every((time, i) => Math.abs(time - i / 25) < 0.001)).toBe(true);
  });

  test('webm, which carries no count', async () => {
    const { info, index } = await openVideo(await encode('a.webm', 'vp9', 60));
    expect({ frames: info.frames, listed: index!.pts.length }).toEqual({ frames: 60, listed: 60 });
  });

  test.each([
    ['a.h264', 'h264'],
    ['a.avi', 'mpeg4'],
  ] as const)('%s has none, and its frames come as they are', async (name, codec) => {
    const path = await encode(name, codec, 40);
    const opened = await openVideo(path);
    const { info, index } = opened;
    expect({ index, variableRate: info.variableRate }).toEqual({ index: null, variableRate: null });
    const times: number[] = [];
    for await (const { timeSeconds } of decodeVideo(path, { ...opened, index: null }, { pixels: 'gray' }))
      times.push(timeSeconds);
    expect(times.length).toBe(40);
    expect(times.every((time, i) => Math.abs(time - i / 25) < 0.001)).toBe(true);
  });

  test('uneven intervals are told, and each frame has its own time', async () => {
    const timing = [
      '-vf',
      'settb=1/1000,setpts=N*40+mod(N\\,3)*9',
      '-vsync',
      'passthrough',
      '-enc_time_base',
      '1:1000',
    ];
    const path = scratch.path('vfr.mkv');
    await convertVideo(await encode('a.mkv', 'ffv1', 30), path, [...timing, '-c:v', 'ffv1']);
    const opened = await openVideo(path);
    const { info } = opened;
    expect(info.variableRate).toBe(true);
    const times: number[] = [];
    for await (const { timeSeconds } of decodeVideo(path, opened, { pixels: 'gray' })) times.push(timeSeconds);
    expect(times.map(time => Math.round(time * 1000))).toEqual(upTo(30).map(n => n * 40 + (n % 3) * 9));
  });

  test('times count from the start of the file, also where its clock does not', async () => {
    const path = await encode('a.ts', 'h264', 30);
    const opened = await openVideo(path);
    const { index } = opened;
    expect(index!.startSeconds).toBeGreaterThan(1);
    const withIndex: number[] = [];
    for await (const { timeSeconds } of decodeVideo(path, opened, { pixels: 'gray' })) withIndex.push(timeSeconds);
    const without: number[] = [];
    for await (const { timeSeconds } of decodeVideo(path, { ...opened, index: null }, { pixels: 'gray' }))
      without.push(timeSeconds);
    expect(withIndex.every((time, i) => Math.abs(time - without[i]!) < 1e-5)).toBe(true);
    expect(withIndex[25]).toBeCloseTo(1, 5);
  });

  test('a probe that reads nothing for its time is given up', async () => {
    const path = await encode('a.mp4', 'h264', 5);
    await expect(openVideo(path, undefined, 0)).rejects.toMatchObject({
      code: 'video_invalid',
      message: 'Reading the video stands still for 0 seconds.',
    });
  });

  test('two streams of the same times, one behind the other, are read as they come', async () => {
    const path = await encode('a.ts', 'h264', 10);
    const bytes = await readFile(path);
    await writeFile(path, Buffer.concat([bytes, bytes]));
    const opened = await openVideo(path);
    const { index } = opened;
    expect(index).toBeNull();
    let count = 0;
    for await (const _ of decodeVideo(path, { ...opened, index: null }, { pixels: 'gray' })) count++;
    expect(count).toBe(20);
  });
});
