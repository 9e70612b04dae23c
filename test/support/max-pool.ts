/** Max pooling by its definition: what the kernels of every backend are held against. Channels last. */
import { axis, type Pad, type Shape4D } from './convolution.ts';

/** @returns the result's shape, and for each of its numbers the index of the first largest in its window; x outside of the image are in none. */
export function poolWinners([B, H, W, C]: Shape4D, x: Float32Array, window: number, stride: number, pad: Pad) {
  const [rows, columns] = [axis(H, window, stride, pad), axis(W, window, stride, pad)];
  const shape: Shape4D = [B, rows.out, columns.out, C];
  const winners: number[] = [];
  for (let b = 0; b < B; b++)
    for (let oh = 0; oh < rows.out; oh++)
      for (let ow = 0; ow < columns.out; ow++)
        for (let c = 0; c < C; c++) {
          let winner = -1;
          for (let h = oh * stride - rows.before; h < oh * stride - rows.before + window; h++)
            for (let w = ow * stride - columns.before; w < ow * stride - columns.before + window; w++) {
              if (h < 0 || h >= H || w < 0 || w >= W) continue;
              const at = ((b * H + h) * W + w) * C + c;
              if (winner < 0 || x[at]! > x[winner]!) winner = at;
            }
          winners.push(winner);
        }
  return { shape, winners };
}
