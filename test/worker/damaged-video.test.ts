/** Videos that are damaged, cannot be decoded or are none: each ends with what there is of it and a sentence of its own. */
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { convertVideo, type EncodeOptions } from '../../demo/encode-video.ts';
import { decodeVideo, openVideo, probeVideo } from '../../gpu-worker/media/video.ts';
import { decodeNumbers, encodeNumbered, upTo } from '../support/numbered-video.ts';
import { expectNoThreadsLeft, scratchFolder } from '../support/scratch.ts';

const scratch = scratchFolder();
expectNoThreadsLeft();

const encode = (name: string, codec: EncodeOptions['codec'], frames: number, options?: string[]) =>
  encodeNumbered(scratch.path(name), codec, frames, options);

describe('a damaged video', () => {
  const cut = async (path: string, share: number) => {
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, Math.floor(bytes.length * share)));
    return path;
  };

  test('an mp4 without its second half gives what it has and names the shortfall', async () => {
    const path = await cut(await encode('a.mp4', 'h264', 60, ['-movflags', '+faststart']), 0.6);
    const { indices, numbers, frames, complaint } = await decodeNumbers(path, { gaps: true });
    expect(numbers.length).toBeGreaterThan(0);
    expect(numbers.length).toBeLessThan(60);
    // Of the last B-frames some are missing; what comes still has its own number. The last frame was cut through.
    expect(numbers.slice(0, -1)).toEqual(indices.slice(0, -1));
    expect(frames).toBe(numbers.length);
    expect(complaint).toMatch(
      new RegExp(`^The video ends early or is damaged: ${frames} of its 60 frames could be read`),
    );
  });

  test('an avi without its second half as well, whose reader does not mind', async () => {
    const { numbers, complaint } = await decodeNumbers(await cut(await encode('a.avi', 'mpeg4', 60), 0.6));
    // The last one is the frame that was cut through.
    expect(numbers.slice(0, -1)).toEqual(upTo(numbers.length - 1));
    expect(complaint).toMatch(new RegExp(`${numbers.length} of its 60 frames could be read`));
  });

  test('a webm, which carries no count, is found out by the decoder’s words', async () => {
    const { numbers, complaint } = await decodeNumbers(await cut(await encode('a.webm', 'vp8', 60), 0.6));
    expect(numbers).toEqual(upTo(numbers.length));
    expect(complaint).toMatch(/ends early, \d+ frames could be read \("File ended prematurely"\)/);
  });

  test('bytes changed in the middle are complained of', async () => {
    const path = await encode('a.mp4', 'h264', 60, ['-movflags', '+faststart', '-g', '20', '-sc_threshold', '0']);
    const bytes = await readFile(path);
    for (let i = Math.floor(bytes.length * 0.5); i < bytes.length * 0.55; i++) bytes[i]! ^= 0x5a;
    await writeFile(path, bytes);
    const { indices, numbers, complaint } = await decodeNumbers(path, { gaps: true });
    expect(numbers.length).toBeGreaterThan(30);
    expect(complaint).not.toBeNull();
    // Behind the next key frame all is well, and nothing has shifted.
    expect(indices.slice(-20)).toEqual(upTo(60, 40));
    expect(numbers.slice(-20)).toEqual(upTo(60, 40));
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
    const opened = await openVideo(path);
    const bytes = await readFile(path);
    bytes.fill(0, bytes.indexOf('mdat') + 4);
    await writeFile(path, bytes);
    const reading = async () => {
      for await (const _ of decodeVideo(path, { ...opened, index: null }, { pixels: 'gray' }));
    };
    await expect(reading()).rejects.toMatchObject({
      code: 'video_invalid',
      message: expect.stringMatching(/^No frame of the video can be decoded/),
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
      message: expect.stringMatching(/0 bytes/),
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
    await expect(probeVideo(path)).rejects.toMatchObject({
      code: 'video_codec_unsupported',
      message: expect.stringMatching(/\(zzzz\)/),
    });
  });

  test('a file on which the prober itself dies: H.264 that calls itself AV1', async () => {
    const path = await encode('a.mp4', 'h264', 5);
    const bytes = await readFile(path);
    bytes.write('av01', bytes.indexOf('avc1', bytes.indexOf('stsd')), 'latin1');
    await writeFile(path, bytes);
    await expect(probeVideo(path)).rejects.toMatchObject({
      code: 'video_invalid',
      message: expect.stringMatching(/not a video that can be read: \w/),
    });
  });

  test.each(['in', '@in', '/@in'])('a play list of itself (%s), which makes ffmpeg run for ever', async name => {
    const opened = await openVideo(await encode('a.mkv', 'ffv1', 5));
    const path = scratch.path('loop.mp4');
    await writeFile(path, `ffconcat version 1.0\nfile ${name}\n`);
    await expect(probeVideo(path)).rejects.toMatchObject({ code: 'video_invalid' });
    const reading = async () => {
      for await (const _ of decodeVideo(path, { ...opened, index: null }, { pixels: 'gray' }));
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
