/**
 * Each channel of an image times a number of its own, and nothing but that number.
 *
 *   x [B, H, W, C], gate [B, C]  ->  y [B, H, W, C] = x gate
 *   gate [B, C]                  ->  y = gate: the gradient of an average over an image
 *
 * An item is a band of rows of all images. Bytes: 8 per number, 4 without x.
 */
import { storeLanes } from './lanes';

@unmanaged
export class ChannelGate {
  /** 0 if there is none. */
  x: usize;
  gate: usize;
  y: usize;
  height: i32;
  width: i32;
  channels: i32;
  /** Of all images. */
  rows: i32;
  bandRows: i32;
}

export function channelGate(job: ChannelGate, item: i32): void {
  const pixelBytes = (<usize>job.channels) << 2;
  const rowBytes = <usize>job.width * pixelBytes;
  const end = min(job.rows, (item + 1) * job.bandRows);
  for (let row = item * job.bandRows; row < end; row++) {
    const gate = job.gate + <usize>(row / job.height) * pixelBytes;
    const y = job.y + <usize>row * rowBytes;
    if (job.x === 0) repeatPixel(gate, y, job.width, job.channels);
    else multiplyPixels(job.x + <usize>row * rowBytes, gate, y, job.width, job.channels);
  }
}

function multiplyPixels(x: usize, gate: usize, y: usize, pixels: i32, channels: i32): void {
  const pixelBytes = (<usize>channels) << 2;
  for (let pixel = 0; pixel < pixels; pixel++) {
    let left = channels;
    let at: usize = 0;
    for (; left >= 4; left -= 4) {
      v128.store(y + at, f32x4.mul(v128.load(x + at), v128.load(gate + at)));
      at += 16;
    }
    if (left > 0) storeLanes(y + at, f32x4.mul(v128.load(x + at), v128.load(gate + at)), left);
    x += pixelBytes;
    y += pixelBytes;
  }
}

function repeatPixel(gate: usize, y: usize, pixels: i32, channels: i32): void {
  const pixelBytes = (<usize>channels) << 2;
  for (let pixel = 0; pixel < pixels; pixel++) {
    let left = channels;
    let at: usize = 0;
    for (; left >= 4; left -= 4) {
      v128.store(y + at, v128.load(gate + at));
      at += 16;
    }
    if (left > 0) storeLanes(y + at, v128.load(gate + at), left);
    y += pixelBytes;
  }
}
