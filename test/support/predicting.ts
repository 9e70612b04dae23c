/** What tests of the predictor share, on either backend: a small network, frames by chance, and the options around them. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { Predictor, type PredictorOptions } from '../../gpu-worker/infer/predict.ts';
import { TINY_MAX_STRIDE, TINY_STRIDE } from './tiny-network.ts';

export const FRAME = { widthPx: 44, heightPx: 28 };

export function predictorOf(
  network: LayersModel,
  {
    batch_size = 2,
    arithmetic = 'fp32',
    ...settings
  }: Partial<PredictorOptions['settings'] & Pick<PredictorOptions, 'arithmetic'>> = {},
): Predictor {
  return new Predictor(network, {
    trained: { ...FRAME, channels: 1 },
    frame: FRAME,
    config: {
      input_scaling: 1,
      heads_output_stride: TINY_STRIDE,
      backbone_config: { max_stride: TINY_MAX_STRIDE },
    },
    settings: { peak_threshold: -1, refinement: 'integral', integral_patch_size: 5, batch_size, ...settings },
    arithmetic,
  });
}

/** [count, H, W, 1] levels, others for another seed. */
export function framesOfChance(count: number, seed: number): Uint8Array {
  const levels = count * FRAME.widthPx * FRAME.heightPx;
  return Uint8Array.from({ length: levels }, (_, i) => (Math.imul(i + 1 + seed * levels, 2_654_435_761) >>> 24) & 255);
}
