/**
 * AMSGrad's numbers on WebGPU: one dispatch for as many variables as the device can bind (kernels/webgpu/amsgrad.ts), and none of the step's
 * intermediate tensors. The step size lies on the device, so an update can be recorded once and replayed.
 *
 * Variables are changed where they lie: a clone of one, which shares its buffer, changes with it. Two variables made from one tensor are
 * parted first.
 */
import * as tf from '@tensorflow/tfjs-core';
import { flush } from '../device/capture.ts';
import { DeviceInput } from '../device/recording.ts';
import { webGpuBackend } from '../device/tfjs-webgpu.ts';
import { amsGradProgram, stateLayout, variablesPerDispatch } from '../kernels/webgpu/amsgrad.ts';
import { dispatch } from '../kernels/webgpu/dispatch.ts';
import { type AmsGradNumbers, BETA_1, BETA_2, EPSILON, SLOTS, type Slots, type Variable } from './amsgrad-numbers.ts';

const CONSTANTS = { beta1: BETA_1, beta2: BETA_2, epsilon: EPSILON };

/** Variables of one dispatch. */
interface Group {
  members: Variable[];
  /** Numbers of each. */
  sizes: number[];
  /** As kernels/webgpu/amsgrad.ts lays it out. */
  state: tf.Variable;
}

export class FusedAmsGrad implements AmsGradNumbers {
  readonly #groups: Group[] = [];
  readonly #alpha = new DeviceInput<tf.Rank.R1>([1], 'float32');

  constructor(variables: readonly Variable[]) {
    part(variables);
    const most = variablesPerDispatch(webGpuBackend().device.limits.maxStorageBuffersPerShaderStage);
    for (let from = 0; from < variables.length; from += most) {
      const members = variables.slice(from, from + most);
      const sizes = members.map(({ tensor }) => tensor.size);
      const state = tf.tidy(() => tf.variable(tf.zeros([stateLayout(sizes).length]), false));
      this.#groups.push({ members, sizes, state });
    }
  }

  setAlpha(alpha: number): void {
    // What is written overtakes commands that are not submitted yet, such as the update before.
    flush(webGpuBackend());
    this.#alpha.write(Float32Array.of(alpha));
  }

  update(gradients: Record<string, tf.Tensor>, scale: number): void {
    for (const { members, sizes, state } of this.#groups) {
      const weights = members.map(({ tensor }) => tensor);
      const own = members.map(({ name }) => gradients[name]!);
      const program = amsGradProgram(sizes, { ...CONSTANTS, scale });
      dispatch(program, [...weights, state], [...own, this.#alpha.tensor]);
    }
  }

  async read(): Promise<Slots[]> {
    const all: Slots[] = [];
    for (const { members, state } of this.#groups) {
      const joined = await state.data<'float32'>();
      for (const [i, { start, stride }] of placesOf(members).entries()) {
        const own = (slot: number) =>
          joined.slice(start + slot * stride, start + slot * stride + members[i]!.tensor.size);
        all.push({ m: own(0), v: own(1), vhat: own(2) });
      }
    }
    return all;
  }

  write(slots: readonly Slots[]): void {
    let first = 0;
    for (const { members, state } of this.#groups) {
      const joined = new Float32Array(state.size);
      for (const { start, stride } of placesOf(members)) {
        const own = slots[first++]!;
        for (const [i, slot] of SLOTS.entries()) joined.set(own[slot], start + i * stride);
      }
      tf.tidy(() => state.assign(tf.tensor1d(joined)));
    }
  }

  dispose(): void {
    for (const { state } of this.#groups) state.dispose();
    this.#alpha.dispose();
  }
}

const placesOf = (members: readonly Variable[]) => stateLayout(members.map(({ tensor }) => tensor.size)).places;

/** Gives each of the variables numbers of its own. */
function part(variables: readonly Variable[]): void {
  const taken = new Set<tf.DataId>();
  for (const { tensor } of variables) {
    if (taken.has(tensor.dataId)) tf.tidy(() => tensor.assign(tf.mul(tensor, 1)));
    taken.add(tensor.dataId);
  }
}
