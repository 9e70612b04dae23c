/**
 * The trained network in the browser: frame in, points out, by the worker's rules (gpu-worker/infer/predict.ts). What is arithmetic is
 * shared with it (src/contract/frame-geometry.ts, global-peaks.ts); the network itself is a stock TensorFlow.js layers model.
 *
 * Leaves out: batches (a frame at a time is shown), float16.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
import { geometryOf, type InputGeometry, peaksToFrame } from '../../src/contract/frame-geometry.ts';
import { findGlobalPeaks, USUAL_PEAKS } from '../../src/contract/global-peaks.ts';
import type { HeatMap, NetworkFiles } from './engine-messages.ts';
import { levelsOf } from './frame-levels.ts';

export class Network {
  readonly #files: Omit<NetworkFiles, 'topology' | 'weights' | 'weightSpecs'>;
  readonly #model: LayersModel;
  /** Of the last frame; the next one mostly has the same size. */
  #levels = new Int32Array(0);

  private constructor(files: NetworkFiles, model: LayersModel) {
    this.#files = files;
    this.#model = model;
  }

  /** On the active backend. @throws Error where the files are not those of a model that TensorFlow.js knows. */
  static async load(files: NetworkFiles): Promise<Network> {
    const { topology, weightSpecs, weights } = files;
    const artifacts = { modelTopology: topology, weightSpecs, weightData: weights };
    return new Network(files, await loadLayersModel(tf.io.fromMemory(artifacts)));
  }

  /** Computes a black frame of the size of the training images, so that the first real one does not wait for shaders. */
  async warmUp(): Promise<void> {
    const { widthPx, heightPx } = this.#files.trained;
    if (widthPx === null || heightPx === null) return;
    await this.run(new ImageData(widthPx, heightPx), null);
  }

  /**
   * @param image the frame. @param heatOf the keypoint whose map is wanted too.
   * @returns points [K, 3] x px, y px of the frame, score, whatever it is.
   */
  async run(image: ImageData, heatOf: number | null): Promise<{ points: Float32Array; heat: HeatMap | null }> {
    const { trained, config } = this.#files;
    const frame = { widthPx: image.width, heightPx: image.height };
    const geometry = geometryOf(config, frame, trained);
    const size = image.width * image.height * trained.channels;
    if (this.#levels.length !== size) this.#levels = new Int32Array(size);
    levelsOf(image.data, trained.channels, this.#levels);
    const shape = [1, image.height, image.width, trained.channels] as [1, number, number, 1 | 3];
    const maps = tf.tidy(() => this.#maps(tf.tensor4d(this.#levels, shape, 'int32'), geometry));
    const [, height, width, keypoints] = maps.shape;
    const values = await maps.data<'float32'>().finally(() => maps.dispose());
    const everyPeak = { ...USUAL_PEAKS, threshold: Number.NEGATIVE_INFINITY };
    const peaks = findGlobalPeaks(values, [1, height, width, keypoints], everyPeak);
    const stride = config.heads_output_stride;
    const { scaleX, scaleY } = geometry;
    return {
      points: peaksToFrame(peaks, stride, geometry),
      heat:
        heatOf === null
          ? null
          : {
              ...{ values: channelOf(values, heatOf, keypoints), width, height },
              // The middle of the map's pixel (i, j) lies on the middle of the network's pixel (i, j) times the stride.
              ...{ left: (1 - stride) / (2 * scaleX), top: (1 - stride) / (2 * scaleY) },
              ...{ stepX: stride / scaleX, stepY: stride / scaleY },
            },
    };
  }

  /** From levels [1, H, W, C] to the maps [1, h, w, K] of the last stack. */
  #maps(levels: tf.Tensor4D, geometry: InputGeometry): tf.Tensor4D {
    const { scaledHeightPx, scaledWidthPx, heightPx, widthPx } = geometry;
    const unit = tf.div<tf.Tensor4D>(levels, 255);
    const isSame = scaledHeightPx === levels.shape[1] && scaledWidthPx === levels.shape[2];
    const scaled = isSame ? unit : tf.image.resizeBilinear(unit, [scaledHeightPx, scaledWidthPx], false, true);
    const margins = [
      [0, 0],
      [0, heightPx - scaledHeightPx],
      [0, widthPx - scaledWidthPx],
      [0, 0],
    ] as [number, number][];
    const outputs = this.#model.predict(tf.pad(scaled, margins)) as tf.Tensor4D | tf.Tensor4D[];
    return Array.isArray(outputs) ? outputs.at(-1)! : outputs;
  }
}

function channelOf(values: Float32Array, k: number, keypoints: number): Float32Array {
  return Float32Array.from({ length: values.length / keypoints }, (_, i) => values[i * keypoints + k]!);
}
