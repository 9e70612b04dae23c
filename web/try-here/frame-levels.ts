/**
 * A picture's levels as the network takes them: red, green and blue, or gray, which is what the worker makes of a picture in colour
 * (src/contract/luma.ts). Alpha is left out, as the worker does.
 *
 * A video's gray is here that of the colours which the browser shows; the worker takes the video's own luma. They differ by a level or two.
 */
import { lumaOf } from '../../src/contract/luma.ts';

/** @param rgba [H, W, 4]. @param levels [H, W, channels], is written. */
export function levelsOf(rgba: Uint8ClampedArray, channels: 1 | 3, levels: Int32Array): void {
  const pixels = rgba.length / 4;
  for (let i = 0; i < pixels; i++) {
    const [r, g, b] = [rgba[4 * i]!, rgba[4 * i + 1]!, rgba[4 * i + 2]!];
    if (channels === 1) levels[i] = lumaOf(r, g, b);
    else {
      levels[3 * i] = r;
      levels[3 * i + 1] = g;
      levels[3 * i + 2] = b;
    }
  }
}
