/** Average pooling by its definition, in 64 bits: what the kernels of every backend are held against. Channels last. */
import { axis, type Pad, type Shape4D } from './convolution.ts';

/**
 * Calls visit(x index, y index, share) for every number that a window takes its mean of; those outside of the image are in none.
 * @returns the result's shape.
 */
export function eachShare(
  [B, H, W, C]: Shape4D,
  [kernelHeight, kernelWidth]: [number, number],
  stride: number,
  pad: Pad,
  visit: (x: number, y: number, share: number) => void,
): Shape4D {
  const [rows, columns] = [axis(H, kernelHeight, stride, pad), axis(W, kernelWidth, stride, pad)];
  /** The places of a window that lie in the image. */
  const inside = (start: number, kernel: number, length: number) =>
    Array.from({ length: kernel }, (_, i) => start + i).filter(at => at >= 0 && at < length);
  for (let b = 0; b < B; b++)
    for (let oh = 0; oh < rows.out; oh++)
      for (let ow = 0; ow < columns.out; ow++) {
        const hs = inside(oh * stride - rows.before, kernelHeight, H);
        const ws = inside(ow * stride - columns.before, kernelWidth, W);
        for (const h of hs)
          for (const w of ws)
            for (let c = 0; c < C; c++) {
              const y = ((b * rows.out + oh) * columns.out + ow) * C + c;
              visit(((b * H + h) * W + w) * C + c, y, 1 / (hs.length * ws.length));
            }
      }
  return [B, rows.out, columns.out, C];
}
