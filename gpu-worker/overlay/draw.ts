/**
 * What an overlay shows of a frame: trails at the bottom, over them the edges of the skeleton, over these the keypoints.
 *
 * A keypoint is a disc in a colour of its own with a dark rim, which sets it off from light and dark ground alike; an edge has the colour of the
 * keypoint it leads to. A trail joins the places where a keypoint was found one predicted frame after the other, and breaks where it was
 * not found or frames were left out; it fades with age, and in a frame without predictions shows where the animal went before.
 */
import type { OverlayConfig } from '../../src/contract/inference.ts';
import { NUMBERS_PER_POINT, type Skeleton } from '../../src/contract/pose.ts';
import { Canvas, type Colour, type Point } from './canvas.ts';
import { palette, yuvOf } from './palette.ts';
import type { FramePoints } from './stored-points.ts';

/** Shares of the keypoints' radius. */
const RIM = 0.3;
const EDGE_THICKNESS = 0.7;
const TRAIL_THICKNESS = 0.6;
const LEAST_THICKNESS_PX = 1.2;
/** Of an edge and of the newest part of a trail: what lies below shines through. */
const EDGE_STRENGTH = 0.8;
const TRAIL_STRENGTH = 0.7;
const RIM_STRENGTH = 0.75;
const BLACK: Colour = yuvOf([0, 0, 0]);

/** A predicted frame: where each keypoint was found, null where it was not, in their order. */
interface Pose {
  index: number;
  step: number;
  places: (Point | null)[];
}

export class PoseDrawing {
  readonly #canvas: Canvas;
  readonly #skeleton: Skeleton;
  readonly #colours: Colour[];
  readonly #radiusPx: number;
  readonly #config: OverlayConfig;
  /** Predicted frames that still have a trail, oldest first. */
  #earlier: Pose[] = [];

  /** @param frame its even size. */
  constructor(frame: { widthPx: number; heightPx: number }, skeleton: Skeleton, config: OverlayConfig) {
    this.#canvas = new Canvas(frame.widthPx, frame.heightPx);
    this.#skeleton = skeleton;
    this.#colours = palette(skeleton.keypoints.length);
    this.#radiusPx = config.radius_px ?? Math.max(2, Math.min(frame.widthPx, frame.heightPx) / 100);
    this.#config = config;
  }

  /**
   * Draws into a frame. Frames come in ascending order.
   * @param data [3 / 2 H W]: the planes Y, U and V. @param found null where the frame was not predicted.
   */
  draw(data: Uint8Array, index: number, found: FramePoints | null): void {
    const oldest = index - this.#config.trail_length;
    this.#earlier = this.#earlier.filter(pose => pose.index >= oldest);
    const pose = found && { index, step: found.step, places: this.#placesOf(found.points) };
    if (this.#config.trail_length > 0) this.#drawTrails(data, index, pose ? [...this.#earlier, pose] : this.#earlier);
    if (!pose) return;
    this.#drawEdges(data, pose);
    this.#drawKeypoints(data, pose);
    this.#earlier.push(pose);
  }

  #placesOf(points: Float32Array): (Point | null)[] {
    const { peak_threshold: threshold } = this.#config;
    return this.#colours.map((_, k) => {
      const [x, y, score] = points.subarray(k * NUMBERS_PER_POINT) as unknown as [number, number, number];
      const isDrawn = Number.isFinite(x) && Number.isFinite(y) && (threshold === null || score >= threshold);
      return isDrawn ? [x, y] : null;
    });
  }

  #drawTrails(data: Uint8Array, index: number, poses: Pose[]): void {
    const thicknessPx = Math.max(LEAST_THICKNESS_PX, TRAIL_THICKNESS * this.#radiusPx);
    this.#colours.forEach((colour, k) => {
      for (let i = 1; i < poses.length; i++) {
        const [older, newer] = [poses[i - 1]!, poses[i]!];
        const [from, to] = [older.places[k], newer.places[k]];
        if (!from || !to || newer.index - older.index > newer.step) continue;
        const age = (index - older.index) / (this.#config.trail_length + 1);
        this.#canvas.line(from, to, thicknessPx, TRAIL_STRENGTH * (1 - age));
      }
      this.#canvas.paint(data, colour);
    });
  }

  #drawEdges(data: Uint8Array, { places }: Pose): void {
    const thicknessPx = Math.max(LEAST_THICKNESS_PX, EDGE_THICKNESS * this.#radiusPx);
    for (const [parent, child] of this.#skeleton.edges) {
      const [from, to] = [places[parent], places[child]];
      if (!from || !to) continue;
      this.#canvas.line(from, to, thicknessPx, EDGE_STRENGTH);
      this.#canvas.paint(data, this.#colours[child]!);
    }
  }

  #drawKeypoints(data: Uint8Array, { places }: Pose): void {
    places.forEach((place, k) => {
      if (!place) return;
      this.#canvas.disc(place, this.#radiusPx + Math.max(0.7, RIM * this.#radiusPx), RIM_STRENGTH);
      this.#canvas.paint(data, BLACK);
      this.#canvas.disc(place, this.#radiusPx);
      this.#canvas.paint(data, this.#colours[k]!);
    });
  }
}
