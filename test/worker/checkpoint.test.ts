/** Checkpoints: a training that goes on from one, wherever it was cut, gives the curve of an unbroken one, bit for bit. */
import { describe, expect, it } from 'vitest';
import { namedWeights } from '../../gpu-worker/model/network.ts';
import { encodeTensors } from '../../gpu-worker/model/weights.ts';
import { continueFrom, encodeCheckpoint, encodeWeights, restoreCheckpoint } from '../../gpu-worker/train/checkpoint.ts';
import type { Training } from '../../gpu-worker/train/training.ts';
import type { EpochRow } from '../../src/contract/model.ts';
import { type Change, run, useTinyTrainings } from '../support/tiny-training.ts';

const makeTraining = useTinyTrainings();

const weightsOf = async ({ network }: Training) =>
  Promise.all(namedWeights(network).map(async ({ name, tensor }) => [name, [...(await tensor.data())]]));

/** No fall of the loss is large enough to count: the rate is halved and the end comes early. */
const RESTLESS: Change = {
  num_epochs: 6,
  learning_rate_schedule: { plateau_min_delta: 10, plateau_patience: 1, plateau_cooldown: 2 },
  early_stopping: { plateau_min_delta: 10, plateau_patience: 3 },
};

describe('a checkpoint', () => {
  it('after epoch 2 of 4 gives the remaining epochs of the unbroken run, bit for bit, up to the same early end', async () => {
    const unbroken = makeTraining(RESTLESS);
    const checkpoints: Uint8Array[] = [];
    const whole = await run(unbroken, {
      epochEnded: async (_row, _validation, { last }) => {
        checkpoints.push(await encodeCheckpoint(unbroken, { finished: last }));
      },
    });
    expect(whole.rows.map(row => row.lr)).toEqual([5e-3, 5e-3, 2.5e-3, 2.5e-3]);
    expect(whole.notes.at(-1)!.last).toBe(true);

    // Other initial weights: everything has to come from the checkpoint.
    const resumed = makeTraining({ ...RESTLESS, weightSeed: 99 });
    const state = restoreCheckpoint(resumed, checkpoints[1]!);
    expect(state).toMatchObject({ finished: false });
    expect(resumed.position).toMatchObject({ epoch: 2, step: 0 });
    expect(resumed.schedule.state).toEqual({ best: whole.rows[0]!.val_loss, wait: 0, cooldown: 2 });
    expect(resumed.stopping.state).toEqual({ best: whole.rows[0]!.val_loss, wait: 1, epochs: 2 });
    const rest = await run(resumed);
    expect(rest.rows).toEqual(whole.rows.slice(2));
    expect(rest.notes).toEqual(whole.notes.slice(2));
    expect(resumed.bestValLoss).toBe(unbroken.bestValLoss);
    expect(await weightsOf(resumed)).toEqual(await weightsOf(unbroken));
    expect(await resumed.optimizer.state()).toEqual(await unbroken.optimizer.state());
  });

  it.each([1, 6, 8, 11])(
    'made after %i steps, in mid-epoch or before a validation, gives the unbroken curve',
    async steps => {
      const settings: Change = { num_epochs: 3, augmentation_config: { rotate: true, brightness: true } };
      const whole = await run(makeTraining(settings));

      const killed = makeTraining(settings);
      let bytes: Uint8Array | null = null;
      let taken = 0;
      const before: Omit<EpochRow, 'seconds'>[] = [];
      const dying = run(killed, {
        report: (_, progress) => void (progress?.unit === 'steps' && taken++),
        shouldStop: async () => {
          if (taken < steps) return false;
          bytes = await encodeCheckpoint(killed, { finished: false });
          throw new Error('killed');
        },
        epochEnded: async ({ seconds: _, ...row }) => void before.push(row),
      });
      await expect(dying).rejects.toThrow('killed');

      const resumed = makeTraining({ ...settings, weightSeed: 99 });
      restoreCheckpoint(resumed, bytes!);
      expect([...before, ...(await run(resumed)).rows]).toEqual(whole.rows);
    },
  );

  it('lets another training go on with the optimiser and the order of frames: six epochs are two and four', async () => {
    const whole = await run(makeTraining({ num_epochs: 6 }));
    const first = makeTraining({ num_epochs: 2 });
    const firstRows = (await run(first)).rows;
    const second = makeTraining({ num_epochs: 4, weightSeed: 99 });
    continueFrom(second, await encodeCheckpoint(first, { finished: true }));
    const rest = (await run(second)).rows.map(row => ({ ...row, epoch: row.epoch + 2 }));
    expect([...firstRows, ...rest]).toEqual(whole.rows);
  });

  it('of the last epoch says that nothing but the evaluation is left', async () => {
    const training = makeTraining();
    training.position.epoch = 2;
    training.bestValLoss = 0.25;
    const bytes = await encodeCheckpoint(training, { finished: true });
    const again = makeTraining();
    expect(restoreCheckpoint(again, bytes)).toMatchObject({ finished: true });
    expect(again).toMatchObject({ position: { epoch: 2 }, bestValLoss: 0.25 });
    expect((await run(again)).rows).toEqual([]);
  });

  const backbone = { filters: 4, filters_rate: 1, max_stride: 4, up_interpolate: true };
  it.each<[string, Change]>([
    ['keypoints', { keypoints: 3 }],
    ['filters', { backbone_config: { ...backbone, filters: 5 } }],
    ['layers at the deep end', { backbone_config: { ...backbone, max_stride: 8 } }],
    ['upsampling', { backbone_config: { ...backbone, up_interpolate: false } }],
    ['fewer layers, all of them in the checkpoint', { heads_output_stride: 4 }],
  ])('of a network with other %s is refused, and the network stays as it was', async (_, change) => {
    const bytes = await encodeCheckpoint(makeTraining(), { finished: false });
    const other = makeTraining({ ...change, weightSeed: 7 });
    const weights = await weightsOf(other);
    expect(() => restoreCheckpoint(other, bytes)).toThrow(expect.objectContaining({ code: 'checkpoint_invalid' }));
    expect(await weightsOf(other)).toEqual(weights);
    expect(other).toMatchObject({ position: { epoch: 0 }, bestValLoss: Number.POSITIVE_INFINITY });
  });

  it('is more than weights, and more than text that looks like its state', async () => {
    const training = makeTraining();
    const tensors = namedWeights(training.network);
    for (const bytes of [
      await encodeWeights(training),
      await encodeTensors(tensors, { training: '{"position": 1}' }),
      await encodeTensors(tensors, { training: 'no JSON' }),
      new Uint8Array(20),
    ]) {
      expect(() => restoreCheckpoint(training, bytes)).toThrow(expect.objectContaining({ code: 'checkpoint_invalid' }));
    }
  });
});
