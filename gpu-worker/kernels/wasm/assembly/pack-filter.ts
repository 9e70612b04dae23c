/**
 * Lays a filter out as the convolution reads it: panels of eight output channels, one after another.
 *
 *   panel: bias [8], then for each row i and column j of the filter and each input channel k: the weights [8] to the panel's channels
 *
 * Channels beyond the last are zeros. The weight of (i, j, k, n) is read at
 *   filter + rowOrigin + i * row + j * column + k * input + n * output      (bytes; steps may be negative)
 * so that the same code takes a filter as it is, or turned round and transposed for the gradient of the input, or every second tap of it.
 * One item is one panel. Bytes: 8 per weight, against 2 FLOPs per weight and pixel of the convolution.
 */

@unmanaged
export class PackFilter {
  /** Its first weight: that of i = j = k = n = 0. */
  filter: usize;
  /** [outputs], or 0 for none. */
  bias: usize;
  panels: usize;
  rows: i32;
  columns: i32;
  inputs: i32;
  outputs: i32;
  row: i32;
  column: i32;
  input: i32;
  output: i32;
}

export function packFilter(job: PackFilter, item: i32): void {
  const first = item << 3;
  const wanted = min(8, job.outputs - first);
  let to = job.panels + <usize>item * panelBytes(job.rows * job.columns * job.inputs);
  memory.fill(to, 0, 32);
  if (job.bias !== 0) memory.copy(to, job.bias + ((<usize>first) << 2), (<usize>wanted) << 2);
  to += 32;
  for (let i = 0; i < job.rows; i++) {
    for (let j = 0; j < job.columns; j++) {
      let from = job.filter + i * job.row + j * job.column + first * job.output;
      for (let k = 0; k < job.inputs; k++) {
        if (wanted === 8 && job.output === 4) {
          v128.store(to, v128.load(from));
          v128.store(to, v128.load(from, 16), 16);
        } else {
          for (let n = 0; n < 8; n++) store<f32>(to + (n << 2), n < wanted ? load<f32>(from + n * job.output) : 0);
        }
        from += job.input;
        to += 32;
      }
    }
  }
}

/** Bytes of a panel whose channels have `weights` weights each. */
export function panelBytes(weights: i32): usize {
  return (<usize>(weights + 1)) << 5;
}
