/**
 * The order of Keras's files on small graphs, worked out by hand from its rule: by depth, then by first visit. That of whole encoders is in
 * encoders.test.ts.
 */
import { input, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { kerasOrder } from '../../gpu-worker/model/keras-order.ts';
import { LayerKit } from '../../gpu-worker/model/layer-kit.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(() => openDevice('wasm', { threads: 1 }));
expectNoTensorsLeft();

type Draw = (kit: LayerKit, image: SymbolicTensor) => SymbolicTensor;

/** Convolutions one after another, of these names. */
const chain = (kit: LayerKit, x: SymbolicTensor, ...names: string[]) =>
  names.reduce((features, name) => kit.conv(features, name, { filters: 4 }), x);

it.each<[string, Draw, string[]]>([
  [
    'the longer branch begins first, and the first one goes before where both are as deep',
    (kit, x) => kit.add([chain(kit, x, 'a1', 'a2'), chain(kit, x, 'b1', 'b2', 'b3')], 'sum'),
    ['b1', 'a1', 'b2', 'a2', 'b3'],
  ],
  [
    'where branches are as deep, the order of the inputs tells and not that of making',
    (kit, x) => {
      const [a, b] = [chain(kit, x, 'a1', 'a2'), chain(kit, x, 'b1', 'b2')];
      return kit.add([b, a], 'sum');
    },
    ['b1', 'a1', 'b2', 'a2'],
  ],
  [
    'layers without weights count',
    (kit, x) => kit.add([kit.sigmoid(chain(kit, x, 'a1'), 'sigmoid'), chain(kit, x, 'b1')], 'sum'),
    ['a1', 'b1'],
  ],
])('%s', (_, draw, expected) => {
  const image = input({ shape: [null, null, 4] });
  const features = draw(new LayerKit(null), image);
  expect(kerasOrder(features).map(({ name }) => name)).toEqual(expected);
  model({ inputs: image, outputs: features }).dispose();
});
