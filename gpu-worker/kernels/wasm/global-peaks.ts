/**
 * GlobalPeaks (../global-peaks.ts): maps [B, h, w, K] -> peaks [B, K, 3].
 *
 * Bands of rows are searched on all threads (assembly/map-maxima.ts), then each frame's bands are merged and its peaks refined (assembly/global-peaks.ts).
 * Bytes: one read of the maps. Limits: float32, channels last.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { GLOBAL_PEAKS, type PeakKernelAttrs } from '../global-peaks.ts';
import { bandsOf } from './division.ts';
import { addressOf, runJob, withRoom } from './threads.ts';

/** Maximum, row and column. */
const FIELDS = 3;

export const globalPeaks: KernelConfig = {
  kernelName: GLOBAL_PEAKS,
  backendName: 'wasm',
  kernelFunc: given => {
    const backend = given.backend as BackendWasm;
    const { maps } = given.inputs as { maps: TensorInfo };
    const { threshold, refinement, patchSize } = given.attrs as unknown as PeakKernelAttrs;
    const [batch, height, width, channels] = maps.shape as [number, number, number, number];
    const peaks = backend.makeOutput([batch, channels, 3], 'float32');
    const { bandRows, items: bands } = bandsOf(height, height * width * channels);
    const reach = refinement === 'integral' ? (patchSize - 1) / 2 : 0;
    withRoom(backend, 4 * FIELDS * batch * bands * 4 * Math.ceil(channels / 4), parts => {
      const common = { maps: addressOf(backend, maps), parts, height, width, channels, bands };
      runJob('mapMaxima', { ...common, bandRows }, batch * bands);
      const options = { isLocal: Number(refinement === 'local'), reach, threshold };
      runJob('globalPeaks', { ...common, peaks: addressOf(backend, peaks), ...options }, batch);
    });
    return peaks;
  },
};
