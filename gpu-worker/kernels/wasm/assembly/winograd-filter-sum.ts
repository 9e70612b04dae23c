/** Adds up what all groups of patches gave to the gradient of a filter (winograd-filter-gradient.ts), and turns it back: dg = G^T S G, 6x6 -> 3x3. */
import { partRowBytes } from './conv-filter-gradient';
import { storeLanes } from './lanes';
import { partPlaceBytes } from './winograd-filter-gradient';
import { P, PLACES, Q } from './winograd-points';

@unmanaged
export class SumWinogradParts {
  /** [groups, 36, C, N rounded up to eight], a place as far from the next as placeBytes says */
  parts: usize;
  /** [3, 3, C, N] */
  sum: usize;
  /** From one N of the sum to the next, bytes: more than that where they are a group of them. */
  sumRow: usize;
  /** Room of each thread for G^T S of four numbers, roomBytes apart: three rows of six quads. */
  room: usize;
  roomBytes: usize;
  groups: i32;
  channels: i32;
  outChannels: i32;
}

/** One item is one input channel. */
export function sumWinogradParts(job: SumWinogradParts, item: i32, thread: i32): void {
  const rowBytes = partRowBytes(job.outChannels);
  const outBytes = (<usize>job.outChannels) << 2;
  const place = partPlaceBytes(job.channels, job.outChannels);
  const tap = <usize>job.channels * job.sumRow;
  const room = job.room + <usize>thread * job.roomBytes;
  for (let n: usize = 0; n < outBytes; n += 16) {
    const from = job.parts + <usize>item * rowBytes + n;
    const to = job.sum + <usize>item * job.sumRow + n;
    const lanes = min(4, job.outChannels - (<i32>n >> 2));
    for (let j: usize = 0; j < 6; j++) {
      const s0 = total(job, from + j * place);
      const s1 = total(job, from + (j + 6) * place);
      const s2 = total(job, from + (j + 12) * place);
      const s3 = total(job, from + (j + 18) * place);
      const s4 = total(job, from + (j + 24) * place);
      const s5 = total(job, from + (j + 30) * place);
      gather(room + 16 * j, 96, 4, s0, s1, s2, s3, s4, s5);
    }
    for (let i: usize = 0; i < 3; i++) {
      const t = room + 96 * i;
      const row = to + 3 * i * tap;
      const t0 = v128.load(t);
      const t1 = v128.load(t, 16);
      const t2 = v128.load(t, 32);
      const t3 = v128.load(t, 48);
      gather(row, tap, lanes, t0, t1, t2, t3, v128.load(t, 64), v128.load(t, 80));
    }
  }
}

/** G^T times six numbers: three, `step` bytes apart, so many lanes of them. */
function gather(to: usize, step: usize, lanes: i32, s0: v128, s1: v128, s2: v128, s3: v128, s4: v128, s5: v128): void {
  const near = f32x4.mul(f32x4.add(s1, s2), f32x4.splat(<f32>(-2.0 / 3.0)));
  const far = f32x4.mul(f32x4.add(s3, s4), f32x4.splat(<f32>(1.0 / 6.0)));
  storeLanes(to, f32x4.add(s0, f32x4.add(near, far)), lanes);
  const nearOdd = f32x4.mul(f32x4.sub(s1, s2), f32x4.splat(<f32>((-2.0 / 3.0) * P)));
  const farOdd = f32x4.mul(f32x4.sub(s3, s4), f32x4.splat(<f32>((1.0 / 6.0) * Q)));
  storeLanes(to + step, f32x4.add(nearOdd, farOdd), lanes);
  const even = f32x4.add(f32x4.mul(near, f32x4.splat(0.5)), f32x4.add(far, far));
  storeLanes(to + 2 * step, f32x4.add(even, s5), lanes);
}

/** Four numbers of the parts, added up over the groups. */
function total(job: SumWinogradParts, at: usize): v128 {
  const groupBytes = PLACES * partPlaceBytes(job.channels, job.outChannels);
  let sum = v128.load(at);
  for (let g = 1; g < job.groups; g++) {
    at += groupBytes;
    sum = f32x4.add(sum, v128.load(at));
  }
  return sum;
}
