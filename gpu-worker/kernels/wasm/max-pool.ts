/**
 * MaxPool and MaxPoolGrad: the largest number of each window, and where its gradient goes.
 *
 *   x [B, H, W, C]                   ->  y [B, OH, OW, C]
 *   input [B, H, W, C], dy [B, OH, OW, C]  ->  dx [B, H, W, C]
 *
 * By our threads (assembly/max-pool.ts). The stock gradient starts its search at 0 and loses every window whose inputs are all negative.
 * Limits: float32, channels last, no dilation.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend_util, type KernelConfig, type NamedAttrMap, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { bandsOf } from './chunks.ts';
import { addressOf, runJob } from './threads.ts';

type Pooling = backend_util.Conv2DInfo;

export const maxPool: KernelConfig = {
  kernelName: 'MaxPool',
  backendName: 'wasm',
  kernelFunc: given => {
    const backend = given.backend as BackendWasm;
    const { x } = given.inputs as { x: TensorInfo };
    const pool = poolInfo(x, given.attrs);
    const y = backend.makeOutput(pool.outShape, 'float32');
    const bands = Math.ceil(bandsOf(pool.batchSize * pool.outHeight, util.sizeFromShape(x.shape)) / pool.batchSize);
    const places = { x: addressOf(backend, x), dy: 0, to: addressOf(backend, y) };
    runJob('maxPool', { ...places, ...sizesOf(pool), bands }, pool.batchSize * bands);
    return y;
  },
};

export const maxPoolGrad: KernelConfig = {
  kernelName: 'MaxPoolGrad',
  backendName: 'wasm',
  kernelFunc: given => {
    const backend = given.backend as BackendWasm;
    const { input, dy } = given.inputs as { input: TensorInfo; dy: TensorInfo };
    const pool = poolInfo(input, given.attrs);
    const dx = backend.makeOutput(input.shape, 'float32');
    const overlaps = pool.filterHeight > pool.strideHeight;
    const wanted = bandsOf(pool.batchSize * pool.outHeight, util.sizeFromShape(input.shape));
    const bands = overlaps ? 1 : Math.ceil(wanted / pool.batchSize);
    const places = { x: addressOf(backend, input), dy: addressOf(backend, dy), to: addressOf(backend, dx) };
    runJob('maxPoolGradient', { ...places, ...sizesOf(pool), bands }, pool.batchSize * bands);
    return dx;
  },
};

function poolInfo({ shape }: TensorInfo, attrs: NamedAttrMap | undefined): Pooling {
  const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as {
    filterSize: number | [number, number];
    strides: number | [number, number];
    pad: 'same' | 'valid' | number;
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
  };
  return backend_util.computePool2DInfo(
    shape as [number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
}

function sizesOf(pool: Pooling) {
  const { inHeight, inWidth, outHeight, outWidth, filterHeight, filterWidth, strideHeight, strideWidth } = pool;
  const meets = (size: number, out: number, window: number, stride: number) =>
    window === stride && size === stride * out;
  const covers =
    meets(inHeight, outHeight, filterHeight, strideHeight) && meets(inWidth, outWidth, filterWidth, strideWidth);
  return {
    ...{ height: inHeight, width: inWidth, channels: pool.inChannels, outHeight, outWidth },
    ...{ windowHeight: filterHeight, windowWidth: filterWidth, strideHeight, strideWidth },
    ...{ top: pool.padInfo.top, left: pool.padInfo.left, covers: Number(covers) },
    halves: Number(covers && filterHeight === 2 && filterWidth === 2),
  };
}
