/** Videos whose frames show their own numbers, so that a test sees which frames came out of the decoder. */
import { type EncodeOptions, encodeVideo } from '../../demo/encode-video.ts';
import { type DecodeOptions, decodeVideo, openVideo } from '../../gpu-worker/media/video.ts';

export const WIDTH_PX = 160;
export const HEIGHT_PX = 96;
const BLOCK_PX = 16;

/** [H, W] gray: the frame's number as ten bits, a block each, over a gradient, which a codec must really encode. */
export function numberedFrame(index: number): Uint8Array {
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
export function numberIn(frame: Uint8Array): number {
  const centres = Array.from({ length: WIDTH_PX / BLOCK_PX }, (_, b) => frame[8 * WIDTH_PX + b * BLOCK_PX + 8]! > 127);
  return centres.reduce((sum, lit, b) => sum + (lit ? 2 ** b : 0), 0);
}

/** Writes `count` frames to `path`, and gives it back. */
export async function encodeNumbered(
  path: string,
  codec: EncodeOptions['codec'],
  count: number,
  options: string[] = [],
): Promise<string> {
  await encodeVideo(path, {
    widthPx: WIDTH_PX,
    heightPx: HEIGHT_PX,
    frames: Array.from({ length: count }, (_, index) => numberedFrame(index)),
    fps: 25,
    codec,
    options,
  });
  return path;
}

/** Decodes all; `numbers` are what the frames show. */
export async function decodeNumbers(
  path: string,
  { startFrame = 0, ...options }: Partial<DecodeOptions> & { startFrame?: number } = {},
) {
  const { info, index } = await openVideo(path);
  const runs = [{ first: startFrame, last: Number.POSITIVE_INFINITY, step: 1 }];
  const frames = decodeVideo(path, info, { pixels: 'gray', runs, index, ...options });
  const numbers: number[] = [];
  const indices: number[] = [];
  for await (const { index: number, data } of frames) {
    indices.push(number);
    numbers.push(numberIn(data));
  }
  return { info, index, numbers, indices, ...frames.summary };
}

/** The numbers from `from` to below `count`. */
export const upTo = (count: number, from = 0) => Array.from({ length: count - from }, (_, i) => from + i);
