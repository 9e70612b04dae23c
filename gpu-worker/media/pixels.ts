/**
 * The forms in which frames leave the decoder, and the ffmpeg filters that bring them about.
 *
 * gray is luma over the full range. swscale converts the limited range of most videos pixel by pixel, which takes longer than decoding
 * does. The same levels, bit for bit, come three times as fast when luma is called full-range, copied, and stretched by a table.
 */
import type { VideoInfo } from '../../src/contract/inference.ts';

/** yuv420p: planes Y, U and V one after another, limited range, padded with black to even sizes at the right and the bottom. */
export type Pixels = 'gray' | 'rgb24' | 'yuv420p';

/** ffmpeg filters for clockwise turns. */
const TURN: Record<number, string> = { 0: '', 90: 'transpose=clock,', 180: 'hflip,vflip,', 270: 'transpose=cclock,' };
/** Planes of 8-bit luma and chroma whose range is limited unless it says otherwise. */
const LUMA_FIRST = /^yuv4\d\dp$/;

/** @param format pix_fmt, @param range color_range, both as ffprobe names them. */
export function hasLimitedLuma(format: string, range: string): boolean {
  return LUMA_FIRST.test(format) && range !== 'pc';
}

/** `scale` to the same size costs nothing and keeps the size fixed if a stream changes its own half-way. */
export function pixelFilters({ widthPx, heightPx, rotationDegrees }: VideoInfo, pixels: Pixels, limitedLuma: boolean) {
  const upright = (scaleOptions: string) => `${TURN[rotationDegrees]}scale=${widthPx}:${heightPx}${scaleOptions}`;
  // With halved chroma `pad` would cut off an odd last column or row.
  const padding = widthPx % 2 || heightPx % 2 ? 'format=yuv444p,pad=ceil(iw/2)*2:ceil(ih/2)*2,' : '';
  if (pixels === 'yuv420p') return `${upright(':out_range=tv')},${padding}format=yuv420p`;
  if (pixels === 'rgb24' || !limitedLuma) return upright('');
  return `setparams=range=pc,${upright('')},format=gray,lut=c0=clip((val-16)*255/219+0.5\\,0\\,255)`;
}

/** Bytes of a frame. */
export function frameBytesOf({ widthPx, heightPx }: VideoInfo, pixels: Pixels): number {
  const evenPixels = 4 * Math.ceil(widthPx / 2) * Math.ceil(heightPx / 2);
  return { gray: widthPx * heightPx, rgb24: widthPx * heightPx * 3, yuv420p: 1.5 * evenPixels }[pixels];
}
