/** Recorded steps of a network that drops blocks: new ones each time, and those that eager steps drop. */
import { input, model } from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { LayerKit } from '../../gpu-worker/model/layer-kit.ts';
import { trainableWeights } from '../../gpu-worker/model/network.ts';
import { AmsGrad } from '../../gpu-worker/train/amsgrad.ts';
import { dropNumbers } from '../../gpu-worker/train/drop-numbers.ts';
import type { Training } from '../../gpu-worker/train/training.ts';
import '../support/seldom-asked.ts';
import { eagerly, lossesOf, numbersOf, record } from '../support/steps.ts';
import { type Change, useTinyTrainings } from '../support/tiny-training.ts';

const makeTraining = useTinyTrainings('webgpu');
/** What the frames and the maps are sized for. */
const TINY: Change = {
  backbone_config: { filters: 2, filters_rate: 1, max_stride: 4, up_interpolate: true },
  batch_size: 2,
};

/** The training with a network of two inverted residuals of EfficientNet, either of which a frame can lose; whole ones take minutes here. */
function withDroppedBlocks(training: Training): Training {
  training.optimizer.dispose();
  training.network.dispose();
  const kit = new LayerKit(5);
  const image = input({ shape: [null, null, 1], name: 'input' });
  let x = kit.swish(kit.batchNorm(kit.conv(image, 'stem', { filters: 4, strides: 2, useBias: false }), 'bn'), 'swish');
  for (const [i, rate] of [0.4, 0.6].entries()) {
    let y = kit.depthwiseConv(x, `depthwise${i}`, { kernelSize: 3, strides: 1, padding: 'same' });
    y = kit.swish(kit.batchNorm(y, `depthwise${i}_bn`), `swish${i}`);
    y = kit.gateChannels(y, kit.sigmoid(kit.globalAverage(y, `mean${i}`), `gate${i}`), `gated${i}`);
    y = kit.batchNorm(kit.conv(y, `project${i}`, { filters: 4, kernelSize: 1, useBias: false }), `project${i}_bn`);
    x = kit.add([kit.dropConnect(y, `drop${i}`, rate), x], `add${i}`);
  }
  const network = model({ inputs: image, outputs: kit.conv(x, 'head', { filters: 2 }) });
  const optimizer = new AmsGrad(trainableWeights(network), training.config.learning_rate);
  return Object.assign(training, { network, optimizer });
}

it('recorded steps drop the same blocks of the same frames as eager ones, others in every step', async () => {
  const [eager, recorded] = [withDroppedBlocks(makeTraining(TINY)), withDroppedBlocks(makeTraining(TINY))];
  const expected = await lossesOf(eagerly(eager), 5);
  expect(await lossesOf(await record(recorded), 5)).toEqual(expected);
  expect(await numbersOf(recorded)).toEqual(await numbersOf(eager));
  const kept = [0, 1, 2, 3, 4].map(step =>
    dropNumbers(eager.network, { seed: eager.seed, step, frames: 2 })!.values.map((number, i) =>
      number < (i < 2 ? 0.4 : 0.6) ? 0 : 1,
    ),
  );
  expect(new Set(kept.map(String)).size).toBeGreaterThan(1);
});
