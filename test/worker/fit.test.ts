/** The training loop on a network of some hundred weights and pictures of two dots: what it learns, when it ends, what stops it. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import { namedWeights } from '../../gpu-worker/model/network.ts';
import type { ExampleSource } from '../../gpu-worker/train/example-source.ts';
import type { Batch } from '../../gpu-worker/train/examples.ts';
import type { FitEvents, Training } from '../../gpu-worker/train/training.ts';
import { AppError } from '../../src/errors.ts';
import { makeBatch } from '../support/examples.ts';
import { type Change, run, useTinyTrainings } from '../support/tiny-training.ts';

const makeTraining = useTinyTrainings();

/** The mean squared error of these frames, added up number by number in 64 bits. */
async function lossByDefinition({ labelled, network }: Training, frames: number[]): Promise<number> {
  const { images: input, maps } = (await makeBatch(labelled, frames, null, 0)).examples(0, frames.length);
  const output = network.predict(input) as tf.Tensor;
  const [drawn, wanted] = await Promise.all([output.data<'float32'>(), maps.data<'float32'>()]);
  tf.dispose([input, maps, output]);
  return drawn.reduce((sum, value, i) => sum + (value - wanted[i]!) ** 2, 0) / drawn.length;
}

describe('a training', () => {
  it('lowers the loss within a few dozen steps, on frames it has seen and on others', async () => {
    const { rows, notes, stopped } = await run(makeTraining({ num_epochs: 6, batches_per_epoch: 12 }));
    expect(rows.map(row => row.epoch)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(rows[5]!.loss).toBeLessThan(0.6 * rows[0]!.loss);
    expect(rows[5]!.val_loss).toBeLessThan(0.8 * rows[0]!.val_loss);
    expect(stopped).toBe(false);
    expect(notes.map(now => now.last)).toEqual([false, false, false, false, false, true]);
    // Best: lower than everything before.
    rows.forEach((row, i) => {
      expect(notes[i]!.isBest).toBe(rows.slice(0, i).every(earlier => row.val_loss < earlier.val_loss));
    });
  });

  it('gives the mean squared error of the whole map as its first loss', async () => {
    const training = makeTraining({ num_epochs: 1, batches_per_epoch: 1, batch_size: 6 });
    const expected = await lossByDefinition(training, training.split.train);
    const { rows } = await run(training);
    expect(Math.abs(rows[0]!.loss - expected)).toBeLessThan(1e-6);
  });

  it('is the same twice for one seed, and another for another', async () => {
    const [first, second] = [await run(makeTraining()), await run(makeTraining())];
    expect(second.rows).toEqual(first.rows);
    expect((await run(makeTraining({ seed: 6 }))).rows).not.toEqual(first.rows);
  });

  it('counts its steps, and with them the order of frames, on from one epoch to the next', async () => {
    const training = makeTraining({ num_epochs: 3, batches_per_epoch: 3, batch_size: 4 });
    training.split.validation = [12];
    const asked = vi.spyOn(training.examples, 'training');
    await run(training);
    expect(asked.mock.calls.flat()).toEqual(Array.from({ length: 9 }, (_, step) => step));
  });

  it('takes 200 steps an epoch unless told otherwise, as SLEAP does', async () => {
    let total = 0;
    const report: FitEvents['report'] = (_, progress) => {
      if (progress?.unit === 'steps') total = progress.total!;
    };
    await run(makeTraining({ batches_per_epoch: null }), { report, shouldStop: async () => total > 0 });
    expect(total).toBe(200);
  });

  it('holds no more tensors after a step than before it', async () => {
    const counts = new Set<number>();
    await run(makeTraining({ batches_per_epoch: 5 }), { report: () => void counts.add(tf.memory().numTensors) });
    expect(counts.size).toBe(1);
  });
});

describe('the validation loss', () => {
  it('counts every validation frame once, whatever the batch size', async () => {
    const losses: number[] = [];
    for (const batchSize of [1, 2, 5]) {
      const training = makeTraining({ num_epochs: 1, batches_per_epoch: 1, batch_size: batchSize });
      training.optimizer.setLearningRate(0); // the weights stay as they are
      const { rows } = await run(training);
      losses.push(rows[0]!.val_loss);
    }
    const training = makeTraining();
    const expected = await lossByDefinition(training, training.split.validation);
    for (const loss of losses) expect(Math.abs(loss - expected)).toBeLessThan(1e-6);
  });
});

describe('a loss that is no number', () => {
  /** Every weight of the layers whose name matches. */
  const spoil = ({ network }: Training, layer: RegExp) => {
    for (const { tensor } of namedWeights(network).filter(({ name }) => layer.test(name)))
      tf.tidy(() => tensor.assign(tf.fill(tensor.shape, Number.NaN)));
  };

  it('ends the training at once and says where and at which learning rate', async () => {
    const training = makeTraining({ num_epochs: 3, batches_per_epoch: 4 });
    let steps = 0;
    const done = run(training, {
      report: (_, progress) => {
        if (progress?.unit === 'steps' && ++steps === 6) spoil(training, /./);
      },
    });
    await expect(done).rejects.toMatchObject({
      code: 'nan_loss',
      message: expect.stringMatching(/loss.* NaN.* epoch 1, step 2\b.* learning rate 0\.005\b/),
      remedy: expect.stringContaining('learning_rate'),
    });
    expect(steps).toBe(6);
  });

  it.each([
    ['of the validation', /Head/],
    ['that a rectifier hides, since NaN weights below it give 0 on the CPU,', /enc0_conv0/],
  ])('%s is noticed before anything is saved', async (_, layer) => {
    const training = makeTraining({ batches_per_epoch: 4 });
    const epochEnded = vi.fn();
    const done = run(training, {
      report: phase => {
        if (phase === 'validating') spoil(training, layer);
      },
      epochEnded,
    });
    await expect(done).rejects.toMatchObject({ code: 'nan_loss', message: expect.stringMatching(/NaN in epoch 0/) });
    expect(epochEnded).not.toHaveBeenCalled();
  });
});

describe('memory that runs out', () => {
  /** As a device that holds `most` frames at once. */
  const limit = (training: Training, most: number) => {
    const { examples } = training;
    const limited = (batch: Batch) => {
      const whole = batch.examples.bind(batch);
      batch.examples = (from, to) => {
        if (to - from > most) throw new AppError('out_of_memory', 'full');
        return whole(from, to);
      };
      return batch;
    };
    const source = {
      training: async (step: number) => limited(await examples.training(step)),
      validation: async function* (frames: readonly number[], batchSize: number) {
        for await (const batch of examples.validation(frames, batchSize)) yield limited(batch);
      },
    };
    return { ...training, examples: source as ExampleSource };
  };

  it('halves the batch until it fits, says so, and takes the same steps', async () => {
    const settings: Change = { batch_size: 5, num_epochs: 2 };
    const whole = await run(makeTraining(settings));
    const halved: number[] = [];
    const pieces = await run(limit(makeTraining(settings), 2), { halved: async to => void halved.push(to) });
    expect(halved).toEqual([3, 2]);
    for (const [i, row] of pieces.rows.entries()) {
      expect(Math.abs(row.loss / whole.rows[i]!.loss - 1)).toBeLessThan(1e-5);
      expect(Math.abs(row.val_loss / whole.rows[i]!.val_loss - 1)).toBeLessThan(1e-5);
    }
  });

  it('for a single frame fails, and leaves no tensor behind', async () => {
    await expect(run(limit(makeTraining(), 0))).rejects.toMatchObject({ code: 'out_of_memory' });
  });
});

describe('a request to stop', () => {
  it.each([0, 1, 3, 4, 6])('after %d steps takes no further one', async stopAfter => {
    const training = makeTraining({ num_epochs: 5, batches_per_epoch: 4 });
    let steps = 0;
    const { stopped, looseSteps, rows } = await run(training, {
      report: (_, progress) => {
        if (progress?.unit === 'steps') steps++;
      },
      shouldStop: async () => steps === stopAfter,
    });
    expect(steps).toBe(stopAfter);
    // The fourth step ends an epoch whose validation is not waited for.
    expect({ stopped, looseSteps }).toEqual({ stopped: true, looseSteps: stopAfter === 4 ? 4 : stopAfter % 4 });
    expect(rows).toHaveLength(stopAfter > 4 ? 1 : 0);
  });

  it('that comes as a message from outside is heard before the next step', async () => {
    const { port1, port2 } = new MessageChannel();
    let [asked, steps] = [false, 0];
    port1.onmessage = () => {
      asked = true;
    };
    await run(makeTraining({ num_epochs: 5, batches_per_epoch: 4 }), {
      report: (_, progress) => {
        if (progress?.unit === 'steps' && ++steps === 2) port2.postMessage('stop');
      },
      shouldStop: async () => asked,
    });
    port1.close();
    expect(steps).toBe(2);
  });

  it('is looked for before every step and every validation batch', async () => {
    const log: string[] = [];
    await run(makeTraining({ num_epochs: 1, batches_per_epoch: 3, batch_size: 3 }), {
      shouldStop: async () => {
        log.push('asked');
        return false;
      },
      report: (phase, progress) => {
        if (progress && progress.done > 0) log.push(phase);
      },
    });
    expect(log).toEqual([
      ...new Array(3).fill(['asked', 'training']).flat(),
      ...new Array(3).fill(['asked', 'validating']).flat(),
    ]);
  });

  it('that throws leaves at once and leaves no tensor behind', async () => {
    const training = makeTraining();
    let asked = 0;
    const leaving = run(training, {
      shouldStop: async () => {
        if (++asked === 3) throw new Error('canceled');
        return false;
      },
    });
    await expect(leaving).rejects.toThrow('canceled');
  });
});
