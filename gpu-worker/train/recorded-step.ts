/**
 * Steps of gradient descent on a GPU, recorded once and replayed (device/recording.ts): the numbers of step.ts at the cost of handing the
 * commands over. Examples, dropped blocks and the optimiser's step size are all that the host says anew.
 *
 * One step stays under way: the next one is handed over before the loss of the one before is waited for, so that the GPU does not wait for the
 * host in between. Whoever looks at the weights or the position settles first.
 * Leaves out: batches in pieces, which are rare and stay with step.ts.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { record } from '../device/record.ts';
import { DeviceInput, type Recording } from '../device/recording.ts';
import { countDropLayers, dropNumbers } from './drop-numbers.ts';
import { targetsOf } from './example-plan.ts';
import { lossAndGradients } from './gradients.ts';
import type { Steps } from './step.ts';
import type { StepFrames } from './step-frames.ts';
import { TargetInput } from './target-maps.ts';
import type { FitEvents, Training } from './training.ts';

type Trained = Pick<Training, 'config' | 'network' | 'optimizer' | 'labelled' | 'seed'>;

/** What the host says of a step. */
interface Inputs {
  frames: StepFrames;
  targets: TargetInput;
  /** null where the network drops nothing. */
  drops: DeviceInput<tf.Rank.R2> | null;
  dispose(): void;
}

export class RecordedSteps implements Steps {
  readonly #trained: Trained;
  readonly #inputs: Inputs;
  /** For profiles. */
  readonly recording: Recording<[loss: tf.Scalar]>;
  #loss: Promise<number> | null = null;

  /**
   * Compiles and records the step; takes none.
   * @param makeFrames makes what the steps have their frames from; theirs to dispose.
   * @throws AppError out_of_memory when the whole batch does not fit; nothing is left then.
   */
  static async open(
    trained: Trained,
    makeFrames: () => StepFrames,
    report: FitEvents['report'],
  ): Promise<RecordedSteps> {
    const { config, network, optimizer, labelled } = trained;
    const dropLayers = countDropLayers(network);
    const makeInputs = (): Inputs => {
      const frames = makeFrames();
      const targets = new TargetInput(targetsOf(labelled), config.batch_size);
      const drops = dropLayers === 0 ? null : new DeviceInput<tf.Rank.R2>([dropLayers, config.batch_size], 'float32');
      const dispose = () => {
        frames.dispose();
        targets.dispose();
        drops?.dispose();
      };
      return { frames, targets, drops, dispose };
    };
    const step = ({ frames, targets, drops }: Inputs): [loss: tf.Scalar] => {
      const examples = { images: frames.prepared(), maps: targets.drawn() };
      const { loss, scaled, scale } = lossAndGradients({ config, network }, examples, drops?.tensor ?? null);
      optimizer.update(scaled, scale);
      return [loss];
    };
    const { inputs, recording } = await record(makeInputs, step, (done, total) =>
      report('compiling', { done, total, unit: 'pipelines' }),
    );
    return new RecordedSteps(trained, inputs, recording);
  }

  private constructor(trained: Trained, inputs: Inputs, recording: Recording<[loss: tf.Scalar]>) {
    this.#trained = trained;
    this.#inputs = inputs;
    this.recording = recording;
  }

  get underWay(): number {
    return this.#loss === null ? 0 : 1;
  }

  async take(step: number): Promise<number[]> {
    const { frames, targets, drops } = this.#inputs;
    const { network, seed, config, optimizer } = this.#trained;
    targets.write(await frames.load(step));
    drops?.write(dropNumbers(network, { seed, step, frames: config.batch_size })!.values);
    const before = this.#loss;
    optimizer.advance();
    this.recording.replay();
    this.#loss = this.recording.outputs[0].data().then(([loss]) => loss!);
    // Whoever leaves in between hears of no failure.
    this.#loss.catch(() => {});
    return before === null ? [] : [await before];
  }

  async settle(): Promise<number[]> {
    const last = this.#loss;
    this.#loss = null;
    return last === null ? [] : [await last];
  }

  dispose(): void {
    this.recording.dispose();
    this.#inputs.dispose();
  }
}
