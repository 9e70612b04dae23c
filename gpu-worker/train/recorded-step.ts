/**
 * Steps of gradient descent on a GPU, recorded once and replayed (device/recording.ts): the numbers of step.ts at the cost of handing the
 * commands over. Examples and the optimiser's step size are the only things that the host says anew.
 *
 * One step stays under way: the next one is handed over before the loss of the one before is waited for, so that the GPU does not wait for the
 * host in between. Whoever looks at the weights or the position settles first.
 * Leaves out: batches in pieces, which are rare and stay with step.ts.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { withinMemory } from '../device/memory.ts';
import { compileAhead, Recording } from '../device/recording.ts';
import { targetsOf } from './example-plan.ts';
import { lossAndGradients } from './gradients.ts';
import type { Steps } from './step.ts';
import type { StepFrames } from './step-frames.ts';
import { TargetInput } from './target-maps.ts';
import type { FitEvents, Training } from './training.ts';

type Trained = Pick<Training, 'config' | 'network' | 'optimizer' | 'labelled'>;

export class RecordedSteps implements Steps {
  readonly #optimizer: Training['optimizer'];
  readonly #frames: StepFrames;
  readonly #targets: TargetInput;
  /** null until it is made, and after the end. */
  #recording: Recording<[loss: tf.Scalar]> | null = null;
  #loss: Promise<number> | null = null;

  /**
   * Compiles and records the step; takes none.
   * @param makeFrames makes what the steps have their frames from; theirs to dispose.
   * @throws AppError out_of_memory when the whole batch does not fit; nothing is left then.
   */
  static async open(
    training: Trained,
    makeFrames: () => StepFrames,
    report: FitEvents['report'],
  ): Promise<RecordedSteps> {
    const steps = new RecordedSteps(training, makeFrames());
    const work = () => steps.#work(training);
    const record = async () => {
      await compileAhead(work, (done, total) => report('compiling', { done, total, unit: 'pipelines' }));
      return new Recording(work);
    };
    try {
      steps.#recording = await withinMemory(record, recording => recording.dispose());
    } catch (error) {
      steps.dispose();
      throw error;
    }
    return steps;
  }

  private constructor({ config, optimizer, labelled }: Trained, frames: StepFrames) {
    this.#optimizer = optimizer;
    this.#frames = frames;
    this.#targets = new TargetInput(targetsOf(labelled), config.batch_size);
  }

  /** For profiles. */
  get recording(): Recording {
    return this.#recording!;
  }

  get underWay(): number {
    return this.#loss === null ? 0 : 1;
  }

  async take(step: number): Promise<number[]> {
    this.#targets.write(await this.#frames.load(step));
    const before = this.#loss;
    this.#optimizer.advance();
    this.#recording!.replay();
    this.#loss = this.#recording!.outputs[0].data().then(([loss]) => loss!);
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
    this.#recording?.dispose();
    this.#frames.dispose();
    this.#targets.dispose();
  }

  /** The step itself, whose only output is the loss before it. */
  #work({ config, network, optimizer }: Trained): [tf.Scalar] {
    const images = this.#frames.prepared();
    const { loss, scaled, scale } = lossAndGradients({ config, network }, images, this.#targets.drawn());
    optimizer.update(scaled, scale);
    return [loss];
  }
}
