/**
 * The host half of training examples: pixels and confidence maps as numbers, drawn wherever a core is free.
 * Whatever is random was drawn before (example-plan.ts), so a frame is the same on any thread; needs no TensorFlow.js, which a thread
 * would have to load.
 */
import { changePixels, type FrameChange } from '../data/augment.ts';
import { readStored, type StoredImages } from '../data/stored-images.ts';
import { drawConfidenceMaps, type TargetGeometry } from '../data/targets.ts';

/** What every frame of a training is drawn with. */
export interface Drawing {
  images: StoredImages;
  target: TargetGeometry;
  keypoints: number;
}

/** One frame of a batch; plain data. */
export interface PlannedFrame {
  /** In the batch. */
  place: number;
  /** Its index among the images. */
  frame: number;
  /** null: the frame as it is. */
  change: FrameChange | null;
  /** [K, 2] where the change takes its keypoints, in pixels of the network's input; NaN: hidden. */
  points: Float32Array;
}

/** A batch on the host. */
export interface BatchMemory<Buffer extends ArrayBufferLike = ArrayBufferLike> {
  /** [B, H, W, C] levels of frames in their common size. */
  pixels: Uint8Array<Buffer>;
  /** [B, H/s, W/s, K] of the network's input. */
  maps: Float32Array<Buffer>;
}

/** Of one frame's confidence maps: [H/s, W/s, K]. */
export function mapShape({ target: { heightPx, widthPx, stride }, keypoints }: Drawing): [number, number, number] {
  return [heightPx / stride, widthPx / stride, keypoints];
}

/** Of one frame. */
export function numbersPerFrame(drawing: Drawing): { pixels: number; maps: number } {
  const { heightPx, widthPx, channels } = drawing.images.format;
  const [mapHeight, mapWidth, keypoints] = mapShape(drawing);
  return { pixels: heightPx * widthPx * channels, maps: mapHeight * mapWidth * keypoints };
}

/** Draws a frame into its place of the batch. @throws AppError image_invalid naming the file. */
export async function drawExample(drawing: Drawing, planned: PlannedFrame, memory: BatchMemory): Promise<void> {
  const { images, target } = drawing;
  const { place, frame, change, points } = planned;
  const { pixels, maps } = numbersPerFrame(drawing);
  const data = await readStored(images, frame);
  memory.pixels.set(change ? changePixels({ ...images.format, data }, change).data : data, place * pixels);
  drawConfidenceMaps(points, target, memory.maps.subarray(place * maps, (place + 1) * maps));
}
