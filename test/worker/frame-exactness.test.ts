/**
 * Every frame comes once and under its number, whatever the codec, the container and its clock, also when reading begins in the middle.
 *
 * The videos show their frames' numbers. What they claim to be (irregular times, a start before zero) is read back from their packets.
 */
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { convertVideo, type EncodeOptions } from '../../demo/encode-video.ts';
import type { VideoInfo } from '../../src/contract/inference.ts';
import { HEVC_PATH } from '../support/hevc-video.ts';
import {
  decodeNumbers,
  encodeNumbered,
  HEIGHT_PX,
  upTo,
  VARIABLE_RATE,
  variableTimes,
  WIDTH_PX,
} from '../support/numbered-video.ts';
import { expectNoThreadsLeft, scratchFolder } from '../support/scratch.ts';

type Codec = EncodeOptions['codec'];

const scratch = scratchFolder();
expectNoThreadsLeft();

const USUAL = { widthPx: WIDTH_PX, heightPx: HEIGHT_PX };
const SMALL = { widthPx: 64, heightPx: 48 };
const ODD = { widthPx: 161, heightPx: 97 };
const COUNT = 120;
/** Key frames at 0, 30, 60 and 90. With an open group the frames before a key frame (58, 59) refer to it and come behind it. */
const gop = (open: 0 | 1) => ['-x264-params', `keyint=30:scenecut=0:bframes=3:b-adapt=0:open-gop=${open}`];
/** Just before a key frame, and between two of them. */
const STARTS = [58, 77];
/** For a clock: where reading may begin is the codec's and the container's matter. */
const ONE_START = [58];

/** What was encoded, by how: several tests begin with the same video. */
const encoded = new Map<string, Promise<string>>();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sleap-test-encoded-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function encode(name: string, codec: Codec, options: readonly string[] = [], size = USUAL): Promise<string> {
  const how = JSON.stringify([extname(name), codec, options, size]);
  const path = join(folder, `${encoded.size}${extname(name)}`);
  if (!encoded.has(how)) encoded.set(how, encodeNumbered(path, codec, COUNT, options, size));
  await copyFile(await encoded.get(how)!, scratch.path(name));
  return scratch.path(name);
}

async function convert(from: string, name: string, options: readonly string[], inputs: readonly string[] = []) {
  await convertVideo(from, scratch.path(name), options, inputs);
  return scratch.path(name);
}

/** Frame k shows numbers[k], read from the start and from each of `starts` on. */
async function expectNumbers(path: string, numbers: number[], starts = STARTS) {
  const whole = await decodeNumbers(path);
  expect(whole.numbers).toEqual(numbers);
  expect(whole.frames).toBe(numbers.length);
  expect(whole.info.frames ?? numbers.length).toBe(numbers.length);
  for (const startFrame of starts.filter(start => start < numbers.length)) {
    const part = await decodeNumbers(path, { startFrame, opened: whole });
    expect(part.numbers, `from ${startFrame} on`).toEqual(numbers.slice(startFrame));
  }
  return whole;
}

/** The same of a file that there is nothing to complain of. */
async function expectIntact(path: string, starts = STARTS): Promise<VideoInfo> {
  const { info, complaint } = await expectNumbers(path, upTo(COUNT), starts);
  expect(complaint).toBeNull();
  return info;
}

/** Of the video's packets, in seconds by the container's own clock, ascending. */
async function presentationTimes(path: string): Promise<number[]> {
  const listing = ['-map', '0:V:0', '-c', 'copy', '-avoid_negative_ts', 'disabled', '-f', 'framecrc'];
  const text = await readFile(await convert(path, 'packets.txt', listing, ['-copyts']), 'utf8');
  const [, numerator, denominator] = /^#tb 0: (\d+)\/(\d+)$/m.exec(text)!.map(Number);
  // A line a packet: stream, dts, pts, ...
  const ticks = [...text.matchAll(/^0, *-?\d+, *(-?\d+)/gm)].map(line => Number(line[1]));
  return ticks.map(each => (each * numerator!) / denominator!).sort((a, b) => a - b);
}

describe('codecs and containers', () => {
  test.each([
    ['closed-groups.mp4', 'h264', gop(0), USUAL],
    ['open-groups.mp4', 'h264', gop(1), USUAL],
    ['open-groups.mkv', 'h264', gop(1), USUAL],
    ['open-groups.ts', 'h264', gop(1), USUAL],
    ['fragments.mp4', 'h264', [...gop(1), '-movflags', 'frag_keyframe+empty_moov'], USUAL],
    ['page.webm', 'vp8', ['-g', '30'], USUAL],
    ['page.webm', 'vp9', ['-g', '30'], USUAL],
    ['odd-size.webm', 'vp9', [], ODD],
    ['b-frames.avi', 'mpeg4', ['-bf', '2', '-g', '30'], USUAL],
    ['b-frames.mp4', 'mpeg4', ['-bf', '2', '-g', '30'], USUAL],
    ['camera.mov', 'mjpeg', [], USUAL],
    ['odd-size.avi', 'mjpeg', [], ODD],
    ['odd-size.mkv', 'ffv1', [], ODD],
  ] as const)('%s (%s)', async (name, codec, options, size) => {
    expect(await expectIntact(await encode(name, codec, options, size))).toEqual({
      ...size,
      fps: 25,
      // Packets of AVI and of VP8 with hidden frames are not frames: there is no index, and AVI's own count may do.
      frames: codec === 'vp8' ? null : COUNT,
      codec,
      rotationDegrees: 0,
      variableRate: codec === 'vp8' || name.endsWith('.avi') ? null : false,
    } satisfies VideoInfo);
  });

  test.each(['hevc.mp4', 'hevc.mkv', 'hevc.ts'])('%s with open groups of pictures', async name => {
    const info = await expectIntact(await convert(HEVC_PATH, name, ['-c', 'copy']));
    expect(info).toMatchObject({ ...SMALL, codec: 'hevc' });
  });

  test('a bare stream without any container, which has no times', async () => {
    await expectIntact(await convert(await encode('a.mkv', 'h264', gop(1)), 'bare.h264', ['-c', 'copy']));
  });

  test.each(['page.webm', 'page.mkv'])('%s with hidden frames, of which no count tells', async name => {
    const path = await encode(name, 'vp8');
    expect((await presentationTimes(path)).length).toBeGreaterThan(COUNT);
    expect(await expectIntact(path)).toMatchObject({ frames: null });
  });

  // The other turns, pixel by pixel: video.test.ts.
  test('turned by 90 degrees', async () => {
    const turned = ['-c', 'copy', '-metadata:s:v', 'rotate=90'];
    const path = await convert(await encode('a.mov', 'h264', gop(1)), 'turned.mov', turned);
    const info = await expectIntact(path);
    expect([90, 270]).toContain(info.rotationDegrees);
  });
});

describe('clocks', () => {
  test.each([
    ['a.mp4', 'h264', gop(1)],
    ['a.mkv', 'h264', gop(1)],
    ['a.webm', 'vp9', ['-g', '30']],
  ] as const)('a variable frame rate: %s (%s)', async (name, codec, options) => {
    const path = await encode(name, codec, [...options, ...VARIABLE_RATE]);
    const times = await presentationTimes(path);
    for (const [n, expected] of variableTimes(COUNT).entries()) expect(times[n], `frame ${n}`).toBeCloseTo(expected, 3);
    const { info, times: decoded, complaint } = await expectNumbers(path, upTo(COUNT), ONE_START);
    for (const [n, expected] of variableTimes(COUNT).entries())
      expect(decoded[n], `frame ${n}`).toBeCloseTo(expected, 3);
    expect(complaint).toBeNull();
    expect(info).toMatchObject({ variableRate: true });
  });

  test('a start before zero', async () => {
    const earlier = ['-c', 'copy', '-output_ts_offset', '-3', '-avoid_negative_ts', 'disabled'];
    const path = await convert(await encode('a.mkv', 'h264', gop(1)), 'early.ts', earlier);
    expect((await presentationTimes(path))[0]).toBeLessThan(-1);
    await expectIntact(path, ONE_START);
  });

  test.each([
    ['late.mp4', 'h264', gop(1)],
    ['late.mkv', 'h264', gop(1)],
    ['late.ts', 'h264', gop(1)],
    ['late.webm', 'vp9', []],
  ] as const)('a start three seconds late: %s', async (name, codec, options) => {
    const later = ['-c', 'copy', '-output_ts_offset', '3'];
    const path = await convert(await encode(codec === 'vp9' ? 'a.webm' : 'a.mkv', codec, options), name, later);
    expect((await presentationTimes(path))[0]).toBeGreaterThanOrEqual(3);
    await expectIntact(path, ONE_START);
  });

  test.each([
    ['a.mp4', 'aac'],
    ['a.mkv', 'libopus'],
    ['a.mov', 'pcm_s16le'],
    ['a.ts', 'aac'],
  ])('sound that begins half a second earlier: %s (%s)', async (name, audioCodec) => {
    const streams = ['-map', '0:a', '-map', '1:v', '-c:v', 'copy', '-c:a', audioCodec];
    const soundThenVideo = ['-f', 'lavfi', '-t', '5', '-i', 'sine=r=48000', '-itsoffset', '0.5'];
    const path = await convert(await encode('silent.mkv', 'h264', gop(1)), name, streams, soundThenVideo);
    expect((await presentationTimes(path))[0]).toBeGreaterThanOrEqual(0.5);
    await expectIntact(path, ONE_START);
  });

  test.each([
    ['closed', 0, 90],
    ['open', 1, 91],
  ] as const)(
    'of an mp4 with %s groups, cut without re-encoding, only the frames that a player shows',
    async (_, open, packets) => {
      const path = await convert(await encode('a.mp4', 'h264', gop(open)), 'cut.mp4', ['-c', 'copy'], ['-ss', '1.6']);
      // The packets begin with the key frame 30; the edit list hides what is before 1.6 s, which is frame 40.
      expect(await presentationTimes(path)).toHaveLength(packets);
      const { info } = await expectNumbers(path, upTo(COUNT, 40));
      expect(info.frames).toBe(COUNT - 40);
    },
  );
});

describe('a file that ends early', () => {
  test.each([
    ['a.mp4', 'h264', ['-movflags', '+faststart']],
    ['a.mkv', 'h264', []],
    ['a.ts', 'h264', []],
    ['a.avi', 'mpeg4', ['-bf', '2', '-g', '30']],
    ['a.webm', 'vp9', []],
  ] as const)('%s gives the frames that it has', async (name, codec, options) => {
    const path = await encode(name, codec, codec === 'h264' ? [...gop(1), ...options] : options);
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, Math.floor(bytes.length * 0.7)));
    const { numbers } = await decodeNumbers(path);
    expect(numbers.length).toBeLessThan(COUNT);
    // Of the last group of B-frames the references are there already, and B-frames in between are not.
    const intact = numbers.length - 3;
    expect(intact).toBeGreaterThan(55);
    expect(numbers.slice(0, intact)).toEqual(upTo(intact));
    expect(numbers, 'ascending, none twice').toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect((await decodeNumbers(path, { startFrame: 40 })).numbers).toEqual(numbers.slice(40));
  });
});

describe('a long video', () => {
  test('each of 40,000 frames comes under its number, and memory does not grow', async () => {
    const count = 40_000;
    const path = await encodeNumbered(
      scratch.path('long.mp4'),
      'h264',
      count,
      ['-preset', 'ultrafast', '-bf', '2'],
      SMALL,
    );
    let [early, most] = [0, 0];
    const { numbers, frames, complaint } = await decodeNumbers(path, {}, index => {
      if (index % 1000 !== 0) return;
      const rss = process.memoryUsage.rss();
      if (index === 4000) early = rss;
      most = Math.max(most, rss);
    });
    expect(numbers).toEqual(upTo(count));
    expect({ frames, complaint }).toEqual({ frames: count, complaint: null });
    // Held back, the frames after that one were 110 MB.
    expect(most - early).toBeLessThan(64 * 2 ** 20);
  });
});
