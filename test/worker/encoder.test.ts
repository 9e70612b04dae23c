/** The encoder by itself: every frame at its time, whatever the preset, and what happens when it is stopped or cannot go on. */
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { type EncodeSettings, VideoEncoder } from '../../gpu-worker/media/encoder.ts';
import { probeTimes } from '../support/frame-times.ts';
import { decodeNumbers, HEIGHT_PX, numberedFrames, upTo, WIDTH_PX } from '../support/numbered-video.ts';
import { expectNoThreadsLeft, scratchFolder } from '../support/scratch.ts';

const scratch = scratchFolder();
expectNoThreadsLeft();

const SETTINGS: EncodeSettings = { widthPx: WIDTH_PX, heightPx: HEIGHT_PX, fps: 25, preset: 'ultrafast', crf: 18 };

/** Gray frames that show their numbers. */
async function addFrames(encoder: VideoEncoder, times: readonly number[]): Promise<void> {
  let index = 0;
  for (const frame of numberedFrames(times.length)) {
    const picture = await encoder.room();
    picture.fill(128);
    picture.set(frame);
    encoder.add(times[index++]!);
  }
}

async function encode(path: string, times: number[], settings: Partial<EncodeSettings> = {}): Promise<void> {
  const encoder = await VideoEncoder.open(path, { ...SETTINGS, ...settings });
  try {
    await addFrames(encoder, times);
    await encoder.finish();
  } finally {
    await encoder.close();
  }
}

describe('an encoded video', () => {
  test.each(['ultrafast', 'superfast', 'veryfast', 'faster', 'fast', 'medium'] as const)(
    'has every frame, in order and evenly in time: %s',
    async preset => {
      const path = scratch.path('a.mp4');
      await encode(
        path,
        upTo(90).map(n => n / 25),
        { preset },
      );
      const { info, numbers, complaint } = await decodeNumbers(path);
      expect(numbers).toEqual(upTo(90));
      expect(info).toMatchObject({ widthPx: WIDTH_PX, heightPx: HEIGHT_PX, fps: 25, frames: 90, codec: 'h264' });
      expect(complaint).toBeNull();
      const { times, durationSeconds, level } = await probeTimes(path);
      expect(times).toEqual(upTo(90).map(n => n / 25));
      // The last frame is shown as long as the others.
      expect(durationSeconds).toBeCloseTo(90 / 25, 3);
      // Of a small video at 25 frames a second; the units of time alone would make it 6.2, which no phone plays.
      expect(level).toBeLessThan(20);
    },
  );

  test.each(['ultrafast', 'medium'] as const)(
    'keeps uneven times to the microsecond, a late first frame too: %s',
    async preset => {
      const times = upTo(60).map(n => Math.round(1e6 * (0.08 + n * 0.0333 + (n % 7) * 0.00371)) / 1e6);
      await encode(scratch.path('a.mp4'), times, { preset });
      expect((await probeTimes(scratch.path('a.mp4'))).times).toEqual(times);
    },
  );

  test.each(['ultrafast', 'medium'] as const)(
    'loses no frame whose time is that of the one before, or earlier: %s',
    async preset => {
      const path = scratch.path('a.mp4');
      await encode(path, [0, 0.04, 0.04, 0.04, 0.02, 0.2, 0.19, 0.24], { preset });
      expect((await decodeNumbers(path)).numbers).toEqual(upTo(8));
      expect((await probeTimes(path)).times).toEqual([0, 0.04, 0.040001, 0.040002, 0.040003, 0.2, 0.200001, 0.24]);
    },
  );

  test('begins at 0 where the first times are below it', async () => {
    await encode(scratch.path('a.mp4'), [-0.04, 0, 0.04]);
    expect((await probeTimes(scratch.path('a.mp4'))).times).toEqual([0, 0.000001, 0.04]);
  });

  test('may be a single frame', async () => {
    await encode(scratch.path('a.mp4'), [0]);
    expect((await decodeNumbers(scratch.path('a.mp4'))).numbers).toEqual([0]);
    expect((await probeTimes(scratch.path('a.mp4'))).durationSeconds).toBeCloseTo(0.04, 3);
  });

  test('has its index in front, so that a browser plays it while it loads', async () => {
    await encode(
      scratch.path('a.mp4'),
      upTo(50).map(n => n / 25),
    );
    const bytes = await readFile(scratch.path('a.mp4'));
    expect(bytes.indexOf('moov')).toBeGreaterThan(0);
    expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'));
  });
});

describe('the encoder', () => {
  test('that is closed half-way ends its thread', async () => {
    const encoder = await VideoEncoder.open(scratch.path('a.mp4'), SETTINGS);
    await addFrames(
      encoder,
      upTo(30).map(n => n / 25),
    );
    await encoder.close();
  });

  test('ends at once when its signal aborts, and says so to whoever waits for it or asks later', async () => {
    const abort = new AbortController();
    const encoder = await VideoEncoder.open(scratch.path('a.mp4'), SETTINGS, abort.signal);
    await addFrames(
      encoder,
      upTo(40).map(n => n / 25),
    );
    const waiting = encoder.finish();
    abort.abort(new Error('canceled'));
    await expect(waiting).rejects.toThrow('canceled');
    await expect(encoder.room()).rejects.toThrow('canceled');
    await encoder.close();
  });

  test('does not begin when its signal was aborted before', async () => {
    const opening = VideoEncoder.open(scratch.path('a.mp4'), SETTINGS, AbortSignal.abort(new Error('canceled')));
    await expect(opening).rejects.toThrow('canceled');
    expect(await readdir(scratch.path())).toEqual([]);
  });

  test('that cannot write its file says why', async () => {
    await expect(encode(scratch.path('nowhere', 'a.mp4'), upTo(60))).rejects.toThrow('ENOENT');
  });

  test('that is given frames of an odd size fails, and quotes ffmpeg', async () => {
    const encoder = await VideoEncoder.open(scratch.path('a.mp4'), { ...SETTINGS, widthPx: WIDTH_PX - 1 });
    try {
      await encoder.room();
      encoder.add(0);
      await expect(encoder.finish()).rejects.toThrow(/^The encoder failed: code 1 \(.+\)\.$/);
    } finally {
      await encoder.close();
    }
  });
});
