/**
 * DenseNet of 121, 169 or 201 layers (Huang et al. 2017) in the topology of keras.applications: each layer of a block reads the features of all
 * before it, and adds 32 channels to them; between two blocks the channels and the resolution are halved.
 *
 *   layer        x -+- bn, relu -> 1x1 to 128 -> bn, relu -> 3x3 to 32 -+- concat
 *                   +----------------------------------------------------+
 *   transition   bn, relu -> 1x1 to half the channels -> average pooling
 *
 * Taps are the 1x1 convolutions of the transitions, before their pooling, and the stem's rectifier.
 */
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { LayerKit } from '../layer-kit.ts';
import type { EncoderFeatures } from './features.ts';

const NORM = { epsilon: 1.001e-5 };
const GROWTH = 32;

/** @param layers of each block. */
export function buildDenseNet(kit: LayerKit, image: SymbolicTensor, layers: readonly number[]): EncoderFeatures {
  const normRelu = (x: SymbolicTensor, bn: string, relu: string) => kit.relu(kit.batchNorm(x, bn, NORM), relu);
  let x = kit.zeroPad(image, 'conv1_pad', 3);
  x = kit.conv(x, 'conv1/conv', { filters: 64, kernelSize: 7, strides: 2, padding: 'valid', useBias: false });
  x = normRelu(x, 'conv1/bn', 'conv1/relu');
  const taps = [x];
  x = kit.maxPool(kit.zeroPad(x, 'pool1_pad', 1), 'pool1', { poolSize: 3, strides: 2, padding: 'valid' });
  for (const [i, count] of layers.entries()) {
    for (let layer = 1; layer <= count; layer++) x = denseLayer(x, `conv${i + 2}_block${layer}`);
    if (i + 1 === layers.length) break;
    const name = `pool${i + 2}`;
    x = normRelu(x, `${name}_bn`, `${name}_relu`);
    const filters = x.shape.at(-1)! / 2;
    x = kit.conv(x, `${name}_conv`, { filters, kernelSize: 1, padding: 'valid', useBias: false });
    taps.push(x);
    x = kit.averagePool(x, `${name}_pool`, { poolSize: 2, strides: 2, padding: 'valid' });
  }
  return { bottleneck: normRelu(x, 'bn', 'relu'), taps };

  function denseLayer(x: SymbolicTensor, name: string): SymbolicTensor {
    let y = normRelu(x, `${name}_0_bn`, `${name}_0_relu`);
    y = kit.conv(y, `${name}_1_conv`, { filters: 4 * GROWTH, kernelSize: 1, padding: 'valid', useBias: false });
    y = normRelu(y, `${name}_1_bn`, `${name}_1_relu`);
    y = kit.conv(y, `${name}_2_conv`, { filters: GROWTH, useBias: false });
    return kit.concat([x, y], `${name}_concat`);
  }
}
