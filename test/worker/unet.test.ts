/** The network against SLEAP's: names as in the best_model.h5 files of SLEAP's own tests, sizes as its documentation and files give them. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { buildNetwork, type NetworkOptions, namedWeights, restoreWeights } from '../../gpu-worker/model/network.ts';
import { decodeTensors, encodeTensors } from '../../gpu-worker/model/weights.ts';
import { backbone } from '../support/backbone.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(async () => {
  await openDevice('wasm', { threads: 2 });
});

expectNoTensorsLeft();

const unet = (change: Record<string, unknown> = {}) =>
  backbone('unet', { filters: 8, filters_rate: 1.5, max_stride: 8, ...change });

const SMALL: NetworkOptions = {
  backbone: unet(),
  headsOutputStride: 2,
  inputShape: [32, 48, 1],
  keypoints: 3,
  seed: 1,
};

const layerNames = (options: NetworkOptions) => {
  const network = buildNetwork(options);
  const names = network.layers.map(layer => layer.name);
  network.dispose();
  return names;
};

async function weightsOf(options: NetworkOptions): Promise<Map<string, Float32Array>> {
  const network = buildNetwork(options);
  const weights = new Map<string, Float32Array>();
  for (const { name, tensor } of namedWeights(network)) weights.set(name, await tensor.data<'float32'>());
  network.dispose();
  return weights;
}

describe('a U-Net', () => {
  it.each([
    ['the default, 1 channel, stride 1, 13 keypoints', 64, 2, 16, false, 1, 1, 13, 34_512_973],
    ['the default, 3 channels, stride 4, 4 keypoints', 64, 2, 16, false, 3, 4, 4, 33_592_132],
    ["SLEAP's minimal_robot model", 8, 2, 4, true, 3, 4, 2, 18_250],
    ["the benchmark's lab160", 16, 2, 8, true, 1, 2, 5, 477_909],
  ])(
    'has as many parameters as in SLEAP: %s',
    (_, filters, filters_rate, max_stride, up_interpolate, channels, stride, keypoints, count) => {
      const inputShape: [null, null, number] = [null, null, channels];
      const network = buildNetwork({
        backbone: unet({ filters, filters_rate, max_stride, up_interpolate }),
        headsOutputStride: stride,
        inputShape,
        keypoints,
        seed: 1,
      });
      expect(network.countParams()).toBe(count);
      network.dispose();
    },
  );

  it("names its layers as SLEAP's minimal_robot model does", () => {
    const robot = unet({ filters_rate: 2, max_stride: 4, up_interpolate: true });
    expect(layerNames({ ...SMALL, backbone: robot, headsOutputStride: 4 })).toEqual([
      'input',
      ...[
        'stack0_enc0_conv0',
        'stack0_enc0_act0_relu',
        'stack0_enc0_conv1',
        'stack0_enc0_act1_relu',
        'stack0_enc1_pool',
      ],
      ...[
        'stack0_enc1_conv0',
        'stack0_enc1_act0_relu',
        'stack0_enc1_conv1',
        'stack0_enc1_act1_relu',
        'stack0_enc2_last_pool',
      ],
      ...['stack0_enc3_middle_expand_conv0', 'stack0_enc3_middle_expand_act0_relu'],
      ...['stack0_enc4_middle_contract_conv0', 'stack0_enc4_middle_contract_act0_relu'],
      'SingleInstanceConfmapsHead',
    ]);
  });

  it("names its decoder as SLEAP's bottom-up and top-down models do", () => {
    const decoder = layerNames(SMALL).filter(name => name.startsWith('stack0_dec'));
    expect(decoder).toEqual([
      ...[
        'stack0_dec0_s8_to_s4_trans_conv',
        'stack0_dec0_s8_to_s4_trans_conv_act_relu',
        'stack0_dec0_s8_to_s4_skip_concat',
      ],
      ...['stack0_dec0_s8_to_s4_refine_conv0', 'stack0_dec0_s8_to_s4_refine_conv0_act_relu'],
      ...['stack0_dec0_s8_to_s4_refine_conv1', 'stack0_dec0_s8_to_s4_refine_conv1_act_relu'],
      ...[
        'stack0_dec1_s4_to_s2_trans_conv',
        'stack0_dec1_s4_to_s2_trans_conv_act_relu',
        'stack0_dec1_s4_to_s2_skip_concat',
      ],
      ...['stack0_dec1_s4_to_s2_refine_conv0', 'stack0_dec1_s4_to_s2_refine_conv0_act_relu'],
      ...['stack0_dec1_s4_to_s2_refine_conv1', 'stack0_dec1_s4_to_s2_refine_conv1_act_relu'],
    ]);
    const interpolating = layerNames({ ...SMALL, backbone: unet({ up_interpolate: true }) }).filter(name =>
      /dec1.*(interp|concat)/.test(name),
    );
    expect(interpolating).toEqual(['stack0_dec1_s4_to_s2_interp_bilinear', 'stack0_dec1_s4_to_s2_skip_concat']);
  });

  it('joins a skip in front of the features from below, so that weights of SLEAP fit', () => {
    const network = buildNetwork(SMALL);
    const [node] = network.getLayer('stack0_dec1_s4_to_s2_skip_concat').inboundNodes;
    expect(node!.inboundLayers.map(layer => layer.name)).toEqual([
      'stack0_enc1_act1_relu',
      'stack0_dec1_s4_to_s2_trans_conv_act_relu',
    ]);
    network.dispose();
  });

  it('truncates fractions of channels, as SLEAP does', () => {
    const network = buildNetwork({ ...SMALL, backbone: unet({ max_stride: 16 }) });
    const channels = (name: string) => network.getLayer(name).outputShape.at(-1);
    expect([0, 1, 2, 3].map(b => channels(`stack0_enc${b}_conv0`))).toEqual([8, 12, 18, 27]);
    expect(channels('stack0_enc5_middle_expand_conv0')).toBe(40); // 8 * 1.5^4 = 40.5
    network.dispose();
  });

  it.each([false, true])(
    'puts its maps on every stride up to max_stride, whatever the size when it was left open (interpolate: %s)',
    up_interpolate => {
      for (const stride of [1, 2, 4, 8]) {
        const network = buildNetwork({
          ...SMALL,
          backbone: unet({ up_interpolate }),
          headsOutputStride: stride,
          inputShape: [null, null, 1],
        });
        for (const [height, width] of [
          [16, 24],
          [40, 8],
        ] as const) {
          const maps = tf.tidy(() => network.predict(tf.zeros([2, height, width, 1])) as tf.Tensor);
          expect(maps.shape).toEqual([2, height / stride, width / stride, 3]);
          maps.dispose();
        }
        network.dispose();
      }
    },
  );

  it('says which strides there are when it has none of that size', () => {
    expect(() => buildNetwork({ ...SMALL, headsOutputStride: 16 })).toThrow(
      expect.objectContaining({ code: 'invalid_request', remedy: expect.stringContaining('1, 2, 4, 8') }),
    );
  });
});

describe('initial weights', () => {
  it('are the same for the same seed, also for seed 0, and others for another', async () => {
    for (const seed of [0, 1, 0xffffffff]) {
      const first = await weightsOf({ ...SMALL, seed });
      expect(await weightsOf({ ...SMALL, seed })).toEqual(first);
      const other = await weightsOf({ ...SMALL, seed: 2 });
      for (const [name, values] of first) if (name.endsWith('kernel')) expect(other.get(name)).not.toEqual(values);
    }
  });

  it('of one layer do not depend on the layers around it', async () => {
    const shallow = await weightsOf({ ...SMALL, headsOutputStride: 8 });
    const deep = await weightsOf({ ...SMALL, headsOutputStride: 1 });
    expect(deep.get('stack0_enc2_conv1/kernel')).toEqual(shallow.get('stack0_enc2_conv1/kernel'));
  });

  it('are uniform within the bounds of Glorot, and zero for biases', async () => {
    const weights = await weightsOf({ ...SMALL, backbone: unet({ filters: 32 }) });
    for (const [name, values] of weights) {
      if (name.endsWith('bias')) {
        expect(values.every(value => value === 0)).toBe(true);
        continue;
      }
      if (values.length < 2000) continue;
      const kernel = { stack0_enc0_conv1: [32, 32], stack0_dec0_s8_to_s4_trans_conv: [72, 108] }[name.split('/')[0]!];
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
      if (kernel !== undefined) {
        const bound = Math.sqrt(6 / (9 * (kernel[0]! + kernel[1]!)));
        expect(largest).toBeLessThanOrEqual(bound);
        expect(largest).toBeGreaterThan(0.99 * bound);
      }
      expect(variance / (largest ** 2 / 3), name).toBeGreaterThan(0.95); // a uniform distribution's variance is a third of its bound squared
      expect(variance / (largest ** 2 / 3), name).toBeLessThan(1.05);
    }
  });

  it('are all different streams', async () => {
    const kernels = [...(await weightsOf(SMALL))].filter(([name]) => name.endsWith('kernel'));
    expect(new Set(kernels.map(([, values]) => values[0])).size).toBe(kernels.length);
  });
});

describe('weights as bytes', () => {
  it('carry a network over to another of the same shape', async () => {
    const [one, two] = [buildNetwork(SMALL), buildNetwork({ ...SMALL, seed: 9 })];
    const x = tf.randomUniform([1, 32, 48, 1], 0, 1, 'float32', 1);
    restoreWeights(two, decodeTensors(await encodeTensors(namedWeights(one))));
    const [a, b] = [one.predict(x) as tf.Tensor, two.predict(x) as tf.Tensor];
    expect(await b.data()).toEqual(await a.data());
    tf.dispose([x, a, b]);
    one.dispose();
    two.dispose();
  });

  it('of another network are refused, and nothing is changed', async () => {
    const [one, two] = [buildNetwork(SMALL), buildNetwork({ ...SMALL, keypoints: 4 })];
    const bytes = await encodeTensors(namedWeights(one));
    const was = await encodeTensors(namedWeights(two));
    expect(() => restoreWeights(two, decodeTensors(bytes))).toThrow(
      expect.objectContaining({ code: 'checkpoint_invalid' }),
    );
    expect(await encodeTensors(namedWeights(two))).toEqual(was);
    one.dispose();
    two.dispose();
  });
});
