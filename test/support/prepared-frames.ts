/** Frames as the network's input, read back from the device. */
import { prepareFrames } from '../../gpu-worker/model/preprocess.ts';
import type { FrameSize, InputGeometry } from '../../src/contract/frame-geometry.ts';

/** @param frames [B, H, W, C]. */
export async function prepare(frames: Uint8Array, frame: FrameSize, channels: 1 | 3, geometry: InputGeometry) {
  const tensor = prepareFrames(frames, { ...frame, channels }, geometry);
  const prepared = { shape: tensor.shape, data: await tensor.data() };
  tensor.dispose();
  return prepared;
}
