/**
 * Turns the weights of a 3x3 convolution into those of Winograd's F(4x4, 3x3) (winograd-points.ts): U = G g G^T, 3x3 -> 6x6 for each pair of channels.
 *
 *   panels [panel of eight output channels][bias of 8, then 36 places][8 zeros, then input channel, up to a whole quad][8]
 *
 * A place looks like a panel of pack-filter.ts without a bias, so that its product is made by the same loop.
 *
 * The weight of (i, j, k, n) is read at steps from the first one, as in pack-filter.ts. One item is one panel.
 */
import { padded } from './lanes';
import { PackFilter } from './pack-filter';
import { P, PLACES, placeBytes, Q } from './winograd-points';

export function winogradFilter(job: PackFilter, item: i32): void {
  const first = item << 3;
  const wanted = min(8, job.outputs - first);
  let to = job.panels + <usize>item * winogradPanelBytes(job.inputs);
  memory.fill(to, 0, 32);
  if (job.bias !== 0) memory.copy(to, job.bias + ((<usize>first) << 2), (<usize>wanted) << 2);
  to += 32;
  const inputs = padded(job.inputs);
  const place = placeBytes(inputs << 3);
  for (let at: usize = 0; at < PLACES; at++) memory.fill(to + at * place, 0, 32);
  to += 32;
  const from = job.filter + first * job.output;
  for (let k = 0; k < inputs; k++) {
    // Zeros for the channels that fill the last quad.
    const outputs = k < job.inputs ? wanted : 0;
    transform(job, from + k * job.input, outputs, to, place);
    transform(job, from + k * job.input + 4 * job.output, outputs - 4, to + 16, place);
    to += 32;
  }
}

/** Four output channels of one input channel, of which `wanted` exist. @param place bytes from one of the 36 places to the next. */
function transform(job: PackFilter, from: usize, wanted: i32, to: usize, place: usize): void {
  for (let j = 0; j < 3; j++) {
    // G g, kept for the moment in the first three columns.
    const at = from + j * job.column;
    const g0 = gather(at, job.output, wanted);
    const g1 = gather(at + job.row, job.output, wanted);
    const g2 = gather(at + 2 * job.row, job.output, wanted);
    spread(to + <usize>j * place, 6 * place, g0, g1, g2);
  }
  for (let i = 0; i < 6; i++) {
    const row = to + <usize>(6 * i) * place;
    spread(row, place, v128.load(row), v128.load(row + place), v128.load(row + 2 * place));
  }
}

/** G times three numbers: six, `step` bytes apart. */
function spread(to: usize, step: usize, g0: v128, g1: v128, g2: v128): void {
  const nearEven = f32x4.mul(f32x4.add(g0, f32x4.mul(g2, f32x4.splat(0.5))), f32x4.splat(<f32>(-2.0 / 3.0)));
  const nearOdd = f32x4.mul(g1, f32x4.splat(<f32>((-2.0 / 3.0) * P)));
  const farEven = f32x4.mul(f32x4.add(g0, f32x4.add(g2, g2)), f32x4.splat(<f32>(1.0 / 6.0)));
  const farOdd = f32x4.mul(g1, f32x4.splat(<f32>((1.0 / 6.0) * Q)));
  v128.store(to, g0);
  v128.store(to + step, f32x4.add(nearEven, nearOdd));
  v128.store(to + 2 * step, f32x4.sub(nearEven, nearOdd));
  v128.store(to + 3 * step, f32x4.add(farEven, farOdd));
  v128.store(to + 4 * step, f32x4.sub(farEven, farOdd));
  v128.store(to + 5 * step, g2);
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
  return 32 + PLACES * placeBytes(padded(inputs) << 3);
}
