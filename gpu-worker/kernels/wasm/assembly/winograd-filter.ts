/**
 * Turns the weights of a 3x3 convolution into those of Winograd's minimal filtering F(2x2, 3x3) (Lavin & Gray 2016):
 *
 *   U = G g G^T,   G = [1 0 0; 1/2 1/2 1/2; 1/2 -1/2 1/2; 0 0 1]      3x3 weights -> 4x4, for each pair of channels
 *
 *   panels [panel of eight output channels][bias of 8, then 16 places][input channel][8]
 *
 * The weight of (i, j, k, n) is read at steps from the first one, as in pack-filter.ts. One item is one panel.
 */
import { PackFilter } from './pack-filter';

export function winogradFilter(job: PackFilter, item: i32): void {
  const first = item << 3;
  const wanted = min(8, job.outputs - first);
  let to = job.panels + <usize>item * winogradPanelBytes(job.inputs);
  memory.fill(to, 0, 32);
  if (job.bias !== 0) memory.copy(to, job.bias + ((<usize>first) << 2), (<usize>wanted) << 2);
  to += 32;
  const place = (<usize>job.inputs) << 5;
  const from = job.filter + first * job.output;
  for (let k = 0; k < job.inputs; k++) {
    transform(job, from + k * job.input, wanted, to, place);
    transform(job, from + k * job.input + 4 * job.output, wanted - 4, to + 16, place);
    to += 32;
  }
}

/** Four output channels of one input channel, of which `wanted` exist. @param place bytes from one of the 16 places to the next. */
function transform(job: PackFilter, from: usize, wanted: i32, to: usize, place: usize): void {
  for (let j = 0; j < 3; j++) {
    // A column of g becomes one of G g, kept for the moment in the places of the rows 0 to 3 of column j.
    const at = from + j * job.column;
    const g0 = gather(at, job.output, wanted);
    const g1 = gather(at + job.row, job.output, wanted);
    const g2 = gather(at + 2 * job.row, job.output, wanted);
    const half = f32x4.splat(0.5);
    const ends = f32x4.mul(f32x4.add(g0, g2), half);
    const middle = f32x4.mul(g1, half);
    const column = to + <usize>j * place;
    v128.store(column, g0);
    v128.store(column + 4 * place, f32x4.add(ends, middle));
    v128.store(column + 8 * place, f32x4.sub(ends, middle));
    v128.store(column + 12 * place, g2);
  }
  for (let i = 0; i < 4; i++) {
    const row = to + <usize>(4 * i) * place;
    const t0 = v128.load(row);
    const t1 = v128.load(row + place);
    const t2 = v128.load(row + 2 * place);
    const half = f32x4.splat(0.5);
    const ends = f32x4.mul(f32x4.add(t0, t2), half);
    const middle = f32x4.mul(t1, half);
    v128.store(row + place, f32x4.add(ends, middle));
    v128.store(row + 2 * place, f32x4.sub(ends, middle));
    v128.store(row + 3 * place, t2);
  }
}

/** Up to four numbers that lie `step` bytes apart; zeros after the wanted ones. */
function gather(from: usize, step: i32, wanted: i32): v128 {
  if (wanted >= 4 && step === 4) return v128.load(from);
  let four = f32x4.splat(0);
  if (wanted > 0) four = v128.load32_lane(from, four, 0);
  if (wanted > 1) four = v128.load32_lane(from + step, four, 1);
  if (wanted > 2) four = v128.load32_lane(from + 2 * step, four, 2);
  if (wanted > 3) four = v128.load32_lane(from + 3 * step, four, 3);
  return four;
}

/** Bytes of a panel. */
export function winogradPanelBytes(inputs: i32): usize {
  return (<usize>inputs * 16 + 1) << 5;
}
