/**
 * Videos whose frames show their own numbers, so that a test sees which frames came out of the decoder, in which order.
 *
 * A number stands in black and white blocks, which survive every lossy codec in use; below them a gradient moves, which a codec must
 * really encode. Frames are made one at a time, so that a video may have tens of thousands. Left out: colour, and sound.
 */
import { type EncodeOptions, encodeVideo } from '../../demo/encode-video.ts';
import { type DecodeOptions, decodeVideo, type OpenedVideo, openVideo } from '../../gpu-worker/media/video.ts';

export interface FrameSize {
  widthPx: number;
  heightPx: number;
}

export const WIDTH_PX = 160;
export const HEIGHT_PX = 96;
const SIZE: FrameSize = { widthPx: WIDTH_PX, heightPx: HEIGHT_PX };

/** Numbers below 131,072; the block behind them is always lit, so that an empty frame does not pass for number 0. */
const NUMBER_BITS = 17;
const BLOCKS = NUMBER_BITS + 1;
/** What a frame without a number is read as. */
const NO_NUMBER = -1;

interface Pattern {
  blockPx: number;
  /** Blocks side by side. */
  columns: number;
  /** Rows of pixels that they take. */
  heightPx: number;
}

/** The largest blocks that fill the upper half of a frame at most; 64 x 48 is the smallest size. */
function patternOf({ widthPx, heightPx }: FrameSize): Pattern {
  for (const blockPx of [16, 8]) {
    const columns = Math.floor(widthPx / blockPx);
    const pattern = { blockPx, columns, heightPx: Math.ceil(BLOCKS / columns) * blockPx };
    if (2 * pattern.heightPx <= heightPx) return pattern;
  }
  throw new Error(`Frames of ${widthPx} x ${heightPx} are too small to show a number.`);
}

/** [H, W] gray: the numbers from 0 to below `count`, each over its gradient; a frame is valid until the next one is asked for. */
export function* numberedFrames(count: number, size: FrameSize = SIZE): Generator<Uint8Array> {
  const { widthPx, heightPx } = size;
  const { blockPx, columns, heightPx: top } = patternOf(size);
  const frame = new Uint8Array(widthPx * heightPx);
  const slope = Uint8Array.from({ length: widthPx + heightPx + 200 }, (_, at) => at % 200);
  for (let index = 0; index < count; index++) {
    frame.fill(0, 0, widthPx * top);
    for (let block = 0; block < BLOCKS; block++) {
      if (block < NUMBER_BITS && ((index >> block) & 1) === 0) continue;
      const left = (block % columns) * blockPx;
      const y = Math.floor(block / columns) * blockPx;
      for (let row = y; row < y + blockPx; row++) frame.fill(255, row * widthPx + left, row * widthPx + left + blockPx);
    }
    for (let y = top; y < heightPx; y++) {
      const start = y + ((index * 3) % 200);
      frame.set(slope.subarray(start, start + widthPx), y * widthPx);
    }
    yield frame;
  }
}

/**
 * @param size of the upright frame; rotationDegrees: the clockwise turn that made it upright, in steps of 90.
 * @returns what reads the number of a decoded [H, W] gray frame: -1 where there is none.
 */
function numberReader({ widthPx, heightPx, rotationDegrees = 0 }: FrameSize & { rotationDegrees?: number }) {
  const stored = rotationDegrees % 180 === 0 ? { widthPx, heightPx } : { widthPx: heightPx, heightPx: widthPx };
  const { blockPx, columns } = patternOf(stored);
  const centres = Array.from({ length: BLOCKS }, (_, block) => {
    const x = (block % columns) * blockPx + blockPx / 2;
    const y = Math.floor(block / columns) * blockPx + blockPx / 2;
    const [right, bottom] = [stored.widthPx - 1, stored.heightPx - 1];
    const turned = { 0: [x, y], 90: [bottom - y, x], 180: [right - x, bottom - y], 270: [y, right - x] }[
      rotationDegrees
    ]!;
    return turned[1]! * widthPx + turned[0]!;
  });
  return (frame: Uint8Array): number => {
    const isLit = (block: number) => frame[centres[block]!]! > 127;
    if (!isLit(NUMBER_BITS)) return NO_NUMBER;
    let number = 0;
    for (let block = 0; block < NUMBER_BITS; block++) if (isLit(block)) number += 2 ** block;
    return number;
  };
}

/** The number that a decoded [H, W] gray frame of the usual size shows. */
export const numberIn = numberReader(SIZE);

/** Writes `count` frames to `path`, and gives it back. @param size even for h264. */
export async function encodeNumbered(
  path: string,
  codec: EncodeOptions['codec'],
  count: number,
  options: readonly string[] = [],
  size: FrameSize = SIZE,
): Promise<string> {
  await encodeVideo(path, { ...size, frames: numberedFrames(count, size), fps: 25, codec, options });
  return path;
}

interface NumbersOptions {
  opened?: OpenedVideo;
  startFrame?: number;
  gaps?: boolean;
}

/**
 * Decodes all from startFrame on; `numbers[k]` is what the frame of index `indices[k]` (startFrame + k, if none is missing) shows, `times[k]` when.
 * @param options those of decodeVideo; `opened` when the video was opened already; `gaps` where frames may be missing.
 * @param onFrame is told of each frame.
 * @throws Error when frames do not arrive in the order of their indices, each of them once, from startFrame on.
 */
export async function decodeNumbers(
  path: string,
  { opened: known, startFrame = 0, gaps = false, ...options }: Partial<DecodeOptions> & NumbersOptions = {},
  onFrame: (index: number) => void = () => {},
) {
  const opened = known ?? (await openVideo(path));
  const { info } = opened;
  const runs = [{ first: startFrame, last: Number.POSITIVE_INFINITY, step: 1 }];
  const frames = decodeVideo(path, opened, { pixels: 'gray', runs, ...options });
  const read = numberReader(info);
  const numbers: number[] = [];
  const times: number[] = [];
  const indices: number[] = [];
  let last = startFrame - 1;
  for await (const { index: number, timeSeconds, data } of frames) {
    const due = gaps ? Math.max(number, last + 1) : last + 1;
    if (number !== due) throw new Error(`Frame ${number} came when frame ${due} was due.`);
    last = number;
    indices.push(number);
    numbers.push(read(data));
    times.push(timeSeconds);
    onFrame(number);
  }
  return { ...opened, indices, numbers, times, ...frames.summary };
}

/** The numbers from `from` to below `count`. */
export const upTo = (count: number, from = 0) => Array.from({ length: count - from }, (_, i) => from + i);

/** A camera that jitters by up to 54 ms and pauses after every 25th frame: milliseconds, in ffmpeg's words and in our own. */
const VARIABLE_MS = 'N*40+mod(N*N\\,7)*9+floor(N/25)*2000';
const variableMs = (n: number) => n * 40 + ((n * n) % 7) * 9 + Math.floor(n / 25) * 2000;

/** Options for encodeNumbered: frame n is presented at variableTimes(count)[n]. */
export const VARIABLE_RATE = [
  ...['-vf', `settb=1/1000,setpts=${VARIABLE_MS}`],
  ...['-vsync', 'passthrough', '-enc_time_base', '1:1000'],
];

/** Presentation times in seconds since the first frame. */
export const variableTimes = (count: number) => upTo(count).map(n => variableMs(n) / 1000);
