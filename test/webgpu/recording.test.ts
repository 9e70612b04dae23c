/** Recorded work does what the same work does eagerly, again and again, and leaves nothing behind. */
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compileAhead, DeviceInput, Recording } from '../../gpu-worker/device/recording.ts';
import { webGpuBackend } from '../../gpu-worker/device/tfjs-webgpu.ts';
import { openGpu } from '../support/gpu.ts';
import { numbers } from '../support/numbers.ts';

beforeAll(openGpu);

const held = () => ({
  tensors: tf.memory().numTensors,
  data: (tf.backend() as unknown as { numDataIds(): number }).numDataIds(),
  buffers: webGpuBackend().bufferManager.getNumUsedBuffers(),
});
let before: ReturnType<typeof held>;
beforeEach(async () => {
  // Reads what was encoded, so that nothing waits to be given back.
  await tf.tidy(() => tf.fill([2000], 1)).data();
  await tf.nextFrame();
  before = held();
});

afterEach(() => expect(held()).toEqual(before));

/** Enough numbers that the backend computes on the device. */
const LENGTH = 2000;

/** Takes its first value over. */
const variableOf = (value: tf.Tensor) => {
  const made = tf.variable(value);
  value.dispose();
  return made;
};

/** Values of an input by a seed. */
const values = (seed: number) => {
  const made = numbers([LENGTH], seed);
  made.tensor.dispose();
  return made.values;
};

describe('a recording', () => {
  it('executes nothing until it is replayed, and then reads what its input holds', async () => {
    const input = new DeviceInput<tf.Rank.R1>([LENGTH], 'float32');
    const recording = new Recording(() => [tf.add(tf.mul(input.tensor, 2), tf.square(input.tensor))]);
    expect(recording.dispatches).toBe(3);
    for (const seed of [1, 2]) {
      input.write(values(seed));
      recording.replay();
      const seen = await recording.outputs[0]!.data();
      expect(seen).toEqual(values(seed).map(x => Math.fround(Math.fround(x * 2) + Math.fround(x * x))));
    }
    recording.dispose();
    input.dispose();
  });

  it('goes on with the variables that it assigns, those of the host too, where they are', async () => {
    const input = new DeviceInput<tf.Rank.R1>([LENGTH], 'float32');
    const sum = variableOf(tf.zeros([LENGTH]));
    const count = variableOf(tf.scalar(5)); // small, and known to the host alone
    const data = [sum.dataId, count.dataId];
    const recording = new Recording(() => {
      sum.assign(tf.add(sum, input.tensor));
      count.assign(tf.add(count, 1));
      return [tf.mul(sum, 1)];
    });
    expect([sum.dataId, count.dataId]).toEqual(data);
    input.write(new Float32Array(LENGTH).fill(3));
    for (const n of [1, 2, 3]) {
      recording.replay();
      const [seen, kept, counted] = await Promise.all([recording.outputs[0]!.data(), sum.data(), count.data()]);
      expect([seen[7], kept[7], counted[0]]).toEqual([3 * n, 3 * n, 5 + n]);
    }
    recording.dispose();
    tf.dispose([sum, count]);
    input.dispose();
  });

  it('takes over what somebody else assigned since, and two recordings share their variables', async () => {
    const weight = variableOf(tf.fill([LENGTH], 1));
    const doubling = new Recording(() => {
      weight.assign(tf.mul(weight, 2));
      return [];
    });
    const adding = new Recording(() => {
      weight.assign(tf.add(weight, 1));
      return [];
    });
    doubling.replay();
    adding.replay(); // 3
    tf.tidy(() => weight.assign(tf.mul(weight, 10))); // 30, on the device
    adding.replay(); // 31
    doubling.replay(); // 62
    expect((await weight.data())[LENGTH - 1]).toBe(62);
    tf.tidy(() => weight.assign(tf.tensor1d(new Float32Array(LENGTH).fill(7)))); // from the host
    doubling.replay();
    expect((await weight.data())[LENGTH - 1]).toBe(14);
    for (const recording of [doubling, adding]) recording.dispose();
    weight.dispose();
  });

  it('keeps variables apart that were made from one tensor', async () => {
    const one = tf.fill([LENGTH], 1);
    const [first, second] = [tf.variable(one), tf.variable(one)];
    one.dispose();
    const recording = new Recording(() => {
      first.assign(tf.add(first, 1));
      second.assign(tf.add(second, 10));
      return [];
    });
    recording.replay();
    recording.replay();
    expect([(await first.data())[0], (await second.data())[0]]).toEqual([3, 21]);
    recording.dispose();
    tf.dispose([first, second]);
  });

  it('finds its constants and uniforms as they were, however often its memory was used for others', async () => {
    const input = new DeviceInput<tf.Rank.R1>([LENGTH], 'float32');
    const older = tf.tensor1d(values(3)); // not on the device yet
    const work = () => {
      let x: tf.Tensor = input.tensor;
      for (let i = 0; i < 6; i++) {
        x = tf.tidy(() => tf.add(tf.mul(x, tf.tensor1d(values(10 + i))), tf.leakyRelu(older, 0.1 * i)));
      }
      return [x, tf.sum(x)];
    };
    const recording = new Recording(work);
    // Six constants, and of the twenty-five other tensors those that exist at a time: six sums, three within one of them.
    expect(recording.bytes).toBeLessThan(16 * 4 * LENGTH);
    for (const seed of [1, 2, 1]) {
      input.write(values(seed));
      recording.replay();
      const eager = tf.tidy(work);
      for (const [i, output] of recording.outputs.entries())
        expect(await output.data()).toEqual(await eager[i]!.data());
      tf.dispose(eager);
    }
    recording.dispose();
    tf.dispose(older);
    expect((await input.tensor.data()).length).toBe(LENGTH);
    input.dispose();
  });

  it('works in the memory of the others, and leaves them their outputs', async () => {
    const { bufferManager: pool } = webGpuBackend();
    const input = new DeviceInput<tf.Rank.R1>([LENGTH], 'float32');
    const chain = () => tf.tidy(() => tf.mul(tf.square(tf.add(input.tensor, 1)), tf.sigmoid(input.tensor)));
    const first = new Recording(() => [chain()]);
    const usedBytes = pool.numBytesUsed;
    const second = new Recording(() => [tf.neg(chain()), input.tensor]);
    // An output and the uniforms.
    expect(pool.numBytesUsed - usedBytes).toBeLessThan(2 * 4 * LENGTH);
    input.write(values(1));
    first.replay();
    second.replay();
    first.replay();
    second.replay();
    const [kept, negative, given] = await Promise.all(
      [...first.outputs, ...second.outputs].map(output => output.data<'float32'>()),
    );
    expect(negative).toEqual(kept!.map(x => -x));
    expect(given).toEqual(values(1));
    for (const recording of [first, second]) recording.dispose();
  });

  it('leaves variables, memory and backend as they were when the work fails', async () => {
    const { bufferManager: pool } = webGpuBackend();
    const weight = variableOf(tf.fill([LENGTH], 1));
    const failing = () => {
      weight.assign(tf.add(weight, 1));
      void tf.square(weight);
      throw new Error('no further');
    };
    expect(() => new Recording(failing)).toThrow('no further');
    await expect(compileAhead(failing)).rejects.toThrow('no further');
    expect((await weight.data())[0]).toBe(1);
    weight.dispose();
    expect(webGpuBackend().bufferManager).toBe(pool);
  });

  it('refuses to read back', async () => {
    const input = new DeviceInput<tf.Rank.R1>([LENGTH], 'float32');
    let reading: Promise<unknown> = Promise.resolve();
    const recording = new Recording(() => {
      reading = tf.square(input.tensor).data();
      return [];
    });
    await expect(reading).rejects.toThrow('cannot read');
    recording.dispose();
    input.dispose();
  });
});

describe('compiling ahead', () => {
  it('asks for every pipeline at once, executes nothing, and says how far it is', async () => {
    const weight = variableOf(tf.fill([LENGTH], 4));
    // Shapes that no other test has.
    const work = () => {
      weight.assign(tf.sqrt(tf.reshape(tf.transpose(tf.reshape(weight, [40, 50])), [LENGTH])));
      return [tf.cumsum(weight)];
    };
    const progress: string[] = [];
    await compileAhead(work, (done, total) => progress.push(`${done}/${total}`));
    expect(progress.length).toBeGreaterThan(2);
    expect(progress.at(-1)).toBe(`${progress.length - 1}/${progress.length - 1}`);
    expect((await weight.data())[0]).toBe(4);
    // Once compiled, nothing is left to do, not even for kernels that would run at once.
    await compileAhead(work, () => expect.unreachable());
    const recording = new Recording(work);
    recording.replay();
    expect((await weight.data())[0]).toBe(2);
    recording.dispose();
    weight.dispose();
  });
});

describe('a profile', () => {
  it('has a name and a time for every dispatch, and executes the work', async () => {
    const weight = variableOf(tf.fill([LENGTH], 1));
    const recording = new Recording(() => {
      weight.assign(tf.add(weight, tf.square(weight)));
      return [];
    });
    const times = (await recording.profile())!;
    expect(times.map(({ name }) => name)).toEqual(['UnaryOpProgram', 'BinaryOpProgram']);
    for (const { ms } of times) expect(ms).toBeGreaterThanOrEqual(0);
    expect((await weight.data())[0]).toBe(2);
    recording.dispose();
    weight.dispose();
  });
});
