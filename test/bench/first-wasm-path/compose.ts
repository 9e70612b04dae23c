/**
 * Builds one kernel of the wasm backend out of others.
 *
 * A kernel works below TensorFlow.js's engine: what it allocates no tidy() sees. compose() frees every intermediate result, also when
 * a step throws. A result may be read under another shape by spreading it, `{ ...result, shape }`: the numbers stay where they are.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { getKernel, type NamedAttrMap, type TensorInfo } from '@tensorflow/tfjs-core';

/** Runs a stock kernel by its name, as in tfjs-core's kernel_names. */
export type Run = (kernelName: string, inputs: Record<string, TensorInfo>, attrs: object) => TensorInfo;

/** Calls `body` and frees all that its runs made, except what it returns. */
export function compose(backend: BackendWasm, body: (run: Run) => TensorInfo): TensorInfo {
  const made: TensorInfo[] = [];
  const run: Run = (kernelName, inputs, attrs) => {
    const { kernelFunc } = getKernel(kernelName, 'wasm');
    const output = kernelFunc({ inputs, backend, attrs: attrs as NamedAttrMap }) as TensorInfo;
    made.push(output);
    return output;
  };
  let result: TensorInfo | undefined;
  try {
    result = body(run);
    return result;
  } finally {
    for (const { dataId } of made) if (dataId !== result?.dataId) backend.disposeData(dataId);
  }
}
