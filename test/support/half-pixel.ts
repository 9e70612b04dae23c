/** Bilinear upsampling with half-pixel centres by its definition: what the kernels of every backend are held against. Channels last. */
import type { Shape4D } from './convolution.ts';

/** The pixels that output `at` of an axis is made of, and their shares: its centre lies at (at + 1/2) / factor - 1/2. */
function sources(at: number, factor: number, length: number): [number, number][] {
  const centre = (at + 0.5) / factor - 0.5;
  const left = Math.floor(centre);
  const inside = (i: number) => Math.max(0, Math.min(length - 1, i));
  return [
    [inside(left), 1 - (centre - left)],
    [inside(left + 1), centre - left],
  ];
}

/** @returns y of x, and dx of dy, the gradient of y. */
export function upsampled([B, H, W, C]: Shape4D, factor: number, x: Float32Array, dy: Float32Array) {
  const [y, dx] = [new Float64Array(dy.length), new Float64Array(x.length)];
  const [outH, outW] = [factor * H, factor * W];
  for (let b = 0; b < B; b++)
    for (let row = 0; row < outH; row++)
      for (let column = 0; column < outW; column++)
        for (const [h, rowShare] of sources(row, factor, H))
          for (const [w, columnShare] of sources(column, factor, W))
            for (let c = 0; c < C; c++) {
              const [from, to] = [((b * H + h) * W + w) * C + c, ((b * outH + row) * outW + column) * C + c];
              y[to]! += rowShare * columnShare * x[from]!;
              dx[from]! += rowShare * columnShare * dy[to]!;
            }
  return { y, dx };
}
