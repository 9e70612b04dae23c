/** ImageNet weights of ResNet v1 for the backbone resnet: every number in the place of its name, and a file of another network refused. */
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { fillResNet } from '../../gpu-worker/model/encoder-weights.ts';
import { buildNetwork, namedWeights } from '../../gpu-worker/model/network.ts';
import type { NamedArray } from '../../gpu-worker/model/weights.ts';
import { backbone } from '../support/backbone.ts';
import { expectFilled, expectRefusal, numbersOf } from '../support/filled-weights.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(async () => {
  await openDevice('wasm', { threads: 2 });
});
expectNoTensorsLeft();

/** ResNet50 of keras.applications: its layers, in another order than ours. */
function resNet50(): NamedArray[] {
  const arrays: NamedArray[] = [];
  const add = (name: string, shape: number[]) => arrays.push({ name, shape, data: numbersOf(arrays.length, shape) });
  const convNorm = (name: string, kernel: number[]) => {
    const [conv, bn] = [name, name.replace(/conv$/, 'bn')];
    add(`${conv}/kernel`, kernel);
    add(`${conv}/bias`, kernel.slice(3));
    for (const leaf of ['gamma', 'beta', 'moving_mean', 'moving_variance']) add(`${bn}/${leaf}`, kernel.slice(3));
  };
  for (const [i, blocks] of [3, 4, 6, 3].entries())
    for (let block = 1; block <= blocks; block++) {
      const [name, width] = [`conv${i + 2}_block${block}`, 64 * 2 ** i];
      const channels = block > 1 ? 4 * width : i === 0 ? 64 : 2 * width;
      convNorm(`${name}_1_conv`, [1, 1, channels, width]);
      convNorm(`${name}_2_conv`, [3, 3, width, width]);
      convNorm(`${name}_3_conv`, [1, 1, width, 4 * width]);
      if (block === 1) convNorm(`${name}_0_conv`, [1, 1, channels, 4 * width]);
    }
  convNorm('conv1_conv', [7, 7, 3, 64]);
  return arrays;
}

describe('fillResNet', () => {
  const buildResNet = (config: Record<string, unknown>, stride: number) =>
    buildNetwork({
      backbone: backbone('resnet', config),
      headsOutputStride: stride,
      inputShape: [null, null, 3],
      keypoints: 2,
      seed: null,
    });

  it.each([
    ['a network of stride 32 and its decoder', { upsampling: { filters: 2 } }, 4, 318],
    ['one whose stages keep the resolution from stride 8 on', { upsampling: { filters: 2 }, max_stride: 8 }, 4, 318],
    ['one that ends with the features of stride 8', { upsampling: null }, 8, 2 * 6 + 3 * 18 + 6 + 4 * 18],
  ])('puts every number in the place of its name: %s', async (_, config, stride, count) => {
    const network = buildResNet(config, stride);
    const file = resNet50();
    const own = new Set(namedWeights(network).map(({ name }) => name));
    const expected = new Map(file.filter(({ name }) => own.has(name)).map(({ name, data }) => [name, data]));
    expect(expected.size).toBe(count);
    // Decoder, head and the range of images stay.
    await expectFilled(network, () => fillResNet(network, file), expected);
    network.dispose();
  });

  it.each([
    ['without a normalisation', (name: string) => !name.startsWith('conv4_block6_3_bn/'), 'conv4_block6_3_bn has 4'],
    ['without a bias', (name: string) => name !== 'conv1_conv/bias', 'conv1_conv has 2 weights'],
    ['of the first layer alone', (name: string) => name.startsWith('conv1_'), 'conv2_block1'],
  ])('refuses a file %s', async (_, keep, words) => {
    const network = buildResNet({ upsampling: { filters: 2 } }, 4);
    await expectRefusal(
      network,
      () =>
        fillResNet(
          network,
          resNet50().filter(({ name }) => keep(name)),
        ),
      words,
    );
    network.dispose();
  });

  it('refuses a kernel whose axes lie in another order', async () => {
    const network = buildResNet({ upsampling: { filters: 2 } }, 4);
    const other = resNet50().map(array => (array.name === 'conv3_block1_0_conv/kernel' ? transposed(array) : array));
    await expectRefusal(network, () => fillResNet(network, other), 'conv3_block1_0_conv has the shape 1×1×256×512');
    network.dispose();
  });
});

function transposed({ name, shape, data }: NamedArray): NamedArray {
  return { name, shape: shape.toReversed(), data };
}
