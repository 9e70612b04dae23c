/**
 * What the page and the thread that computes (engine-thread.ts) say to each other. The network runs in a thread of its own, so that the page
 * stays quick while a frame is computed, on WebGPU as on the CPU; pictures go there and back without being copied.
 */
import type { GeometryConfig } from '../../src/contract/frame-geometry.ts';
import type { NetworkInput } from '../../src/contract/network-input.ts';

type BackendName = 'webgpu' | 'wasm';
export type BackendChoice = BackendName | 'auto';

/** A network as model.json and weights.bin have it, and how frames go in and points come out. */
export interface NetworkFiles {
  topology: object;
  weightSpecs: { name: string; shape: number[]; dtype: 'float32' }[];
  weights: ArrayBuffer;
  keypoints: number;
  trained: Pick<NetworkInput, 'channels' | 'widthPx' | 'heightPx'>;
  config: GeometryConfig & { heads_output_stride: number };
}

/** Where it computes. */
export interface Device {
  backend: BackendName;
  /** The GPU as its driver names it; null: the CPU. */
  adapter: string | null;
  /** Why it is not the GPU, where that was to be expected. */
  refusal: 'no-webgpu' | 'no-adapter' | 'software-adapter' | null;
}

/** A confidence map as it lies over the frame. */
export interface HeatMap {
  /** [height, width] */
  values: Float32Array;
  width: number;
  height: number;
  /** Its corner, in pixels of the frame from the frame's corner. */
  left: number;
  top: number;
  /** Frame pixels per pixel of the map, along x and y. */
  stepX: number;
  stepY: number;
}

export interface FrameResult {
  /** The frame that was given. */
  bitmap: ImageBitmap;
  /** [K, 3] x px, y px of the frame, score; whatever the score is. */
  points: Float32Array;
  heat: HeatMap | null;
  /** From the picture to the points, read-back included. */
  ms: number;
  /** Tensors that TensorFlow.js holds afterwards. */
  tensors: number;
}

export type Question =
  | { kind: 'open'; network: NetworkFiles; backend: BackendChoice }
  /** @param heatOf the keypoint whose map is wanted too. */
  | { kind: 'frame'; bitmap: ImageBitmap; heatOf: number | null };

export type Answer =
  | { kind: 'opened'; device: Device }
  | { kind: 'frame'; result: FrameResult }
  | { kind: 'failed'; message: string }
  /** At any time: the GPU is gone. */
  | { kind: 'lost'; message: string };
