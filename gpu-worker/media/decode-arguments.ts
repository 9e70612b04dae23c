/** What ffmpeg is told for decoding: raw frames go into `/out`, and their times, a line each, into `/times`, always before the frame. */
import type { VideoInfo } from '../../src/contract/inference.ts';
import { INPUT_NAME } from './ffmpeg.ts';
import { type FrameIndex, seekSeconds } from './frame-index.ts';
import { type Pixels, pixelFilters } from './pixels.ts';

export interface Decoding {
  info: VideoInfo;
  index: FrameIndex | null;
  pixels: Pixels;
  /** Of hasLimitedLuma(). */
  limitedLuma: boolean;
  /** The key frame to begin with; 0: the start of the file. */
  from: number;
}

/** Prints `frame:0    pts:512     pts_time:0.04` for each frame, or rather for each that carries metadata. */
const PRINT_TIMES = 'metadata=mode=add:key=n:value=0,metadata=mode=print:file=/times:direct=1';

/** Times are the index's own with one; without one, whose unit nobody knows, microseconds from the start of the file. */
export function decodeArguments({ info, index, pixels, limitedLuma, from }: Decoding): string[] {
  const seek = index && from > 0 ? ['-noaccurate_seek', '-ss', seekSeconds(index, from).toFixed(6)] : [];
  const clock = index ? ['-copyts', ...seek] : [];
  const input = ['-loglevel', 'repeat+level+error', ...clock, '-noautorotate', '-i', `/${INPUT_NAME}`];
  const filters = [...(index ? [] : ['settb=AVTB']), PRINT_TIMES, pixelFilters(info, pixels, limitedLuma)];
  // Times of a variable rate collapse in units of a frame, which the muxer takes for a fault of the file.
  const output = ['-enc_time_base', '-1', '-flush_packets', '1', '-avioflags', 'direct', '-f', 'rawvideo', '/out'];
  return [...input, '-map', '0:V:0', '-vf', filters.join(','), '-pix_fmt', pixels, '-vsync', 'passthrough', ...output];
}
