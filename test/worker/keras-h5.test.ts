/** Keras's HDF5 files: what is written is read again and what others write is read. Refusals are in keras-h5-refusals.test.ts. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import type { Group } from 'h5wasm';
import { describe, expect, it } from 'vitest';
import { withHdf5File } from '../../gpu-worker/model/hdf5-file.ts';
import { groupByLayer, readKerasModel, writeKerasModel } from '../../gpu-worker/model/keras-h5.ts';
import type { NamedArray } from '../../gpu-worker/model/weights.ts';
import { CONFIG, floats, kernel, layer, otherFile } from '../support/keras-h5-files.ts';
import { expectNoThreadsLeft, scratchFolder } from '../support/scratch.ts';

const scratch = scratchFolder();
expectNoThreadsLeft();

/** h5wasm cannot make these: a weight "kernel" of layer "c", numpy.array([1, -2, 0.1, 65504, 2**-24, inf], "<f2"), by h5py 3. */
const HALF_FLOATS = [
  'eNrr9HBx4+WS4mLm4GCAgf9QwAMVMoCKGzw7csnfwyWIiaGCSQhZIQxwMTEwMjCICjGwYMrxGDEwMDPwMHAwiDAw5CRWphbF5yXmphYzCAO1AB',
  'EDEyMQQG2C0clsPCAOY/JmqEAk6/s4qBMEBBgYnJggwsZQabwOsAA5gBfigPLUzPSMEiQXsOFwQXZqUV5qDgMicBg+Vj1PBzsB6C5GEYguNqgc',
  'jGYWYWAUVOBngDhPgIGLlYGLH8hiBbqPmYsDGHjMjDAzeWAGb2AYcqArvVzL39nDG3tyYBMEhSMbJAjNoCFav5JDimEUjIJRMApGwYADG4YDaX',
  'r/q4Glcw0ASZBxKA==',
].join('');

const networks = fc
  .uniqueArray(
    fc.record({
      name: fc.stringMatching(/^[\p{L}\d_ .-]{1,30}$/u),
      shapes: fc.array(fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }), { maxLength: 4 }),
    }),
    { selector: made => made.name, maxLength: 12 },
  )
  .map(made => made.filter(({ name }) => !/^\.+$/.test(name)))
  .chain(made =>
    fc.tuple(
      ...made.map(({ name, shapes }) =>
        fc
          .tuple(
            ...shapes.map((shape, i) => {
              const length = shape.reduce((product, size) => product * size, 1);
              return fc
                .float32Array({ minLength: length, maxLength: length })
                .map((data): NamedArray => ({ name: `${name}/weight_${i}`, shape, data }));
            }),
          )
          .map(weights => layer(name, ...weights)),
      ),
    ),
  );

describe('a written Keras file', () => {
  it('holds configuration, names, shapes and every bit of the weights, in order', async () => {
    await fc.assert(
      fc.asyncProperty(networks, fc.json(), async (layers, json) => {
        const path = scratch.path('model.h5');
        await writeKerasModel(path, { modelConfig: JSON.parse(json), layers });
        const read = await readKerasModel(path);
        expect(read.modelConfig).toEqual(JSON.parse(json));
        const weights = layers.flatMap(made => made.weights);
        expect(read.weights.map(({ name, shape }) => ({ name, shape }))).toEqual(
          weights.map(({ name, shape }) => ({ name, shape })),
        );
        for (const [i, { data }] of read.weights.entries())
          expect(Buffer.from(data.buffer)).toEqual(Buffer.from(weights[i]!.data.buffer));
      }),
      { numRuns: 12 },
    );
  });

  it('cuts a list of layers that no attribute can hold, as Keras does', async () => {
    const layers = Array.from({ length: 2000 }, (_, i) => layer(`layer_${'x'.repeat(60)}_${i}`));
    layers.push(layer('last', kernel('last')));
    const path = scratch.path('model.h5');
    await writeKerasModel(path, { modelConfig: CONFIG, layers });
    const lists = await withHdf5File(path, 'r', file => Object.keys((file.get('model_weights') as Group).attrs));
    expect(lists).toEqual(expect.arrayContaining(['layer_names0', 'layer_names1', 'layer_names2']));
    expect(lists).not.toContain('layer_names');
    expect((await readKerasModel(path)).weights).toEqual([kernel('last')]);
  });

  it('holds a configuration of any size', async () => {
    const modelConfig = { layers: Array.from({ length: 3000 }, (_, i) => ({ name: `layer ${i}, größer als 64 kB` })) };
    const path = scratch.path('model.h5');
    await writeKerasModel(path, { modelConfig, layers: [] });
    expect((await readKerasModel(path)).modelConfig).toEqual(modelConfig);
  });

  it('is not left behind when writing fails', async () => {
    const path = scratch.path('model.h5');
    const twice = layer('c', kernel('c'), kernel('c'));
    await expect(writeKerasModel(path, { modelConfig: CONFIG, layers: [twice] })).rejects.toThrow('HDF5');
    expect(existsSync(path)).toBe(false);
    await writeKerasModel(path, { modelConfig: CONFIG, layers: [layer('c', kernel('c'))] });
    expect((await readKerasModel(path)).weights).toHaveLength(1);
  });

  it('takes its layers from a list of arrays', () => {
    const arrays = [kernel('a'), kernel('b/c'), { ...kernel('a'), name: 'a/bias' }];
    expect(groupByLayer(['input', 'a', 'b/c'], arrays)).toEqual([
      layer('input'),
      layer('a', arrays[0]!, arrays[2]!),
      layer('b/c', arrays[1]!),
    ]);
    expect(() => groupByLayer(['input'], arrays)).toThrow('a/kernel');
  });
});

describe('a file of another writer', () => {
  it('may hold the weights only', async () => {
    const path = await otherFile(scratch.path('other.h5'), ['c/kernel:0'], group =>
      group.create_group('c').create_dataset({ name: 'kernel:0', data: floats(1, 2), shape: [2, 1] }),
    );
    expect(await readKerasModel(path)).toEqual({
      modelConfig: null,
      weights: [{ name: 'c/kernel', shape: [2, 1], data: floats(1, 2) }],
    });
  });

  it('may name weights without ":0" or below repeated scopes', async () => {
    const path = await otherFile(scratch.path('other.h5'), ['kernel', 'c/c/bias:0'], group => {
      group.create_dataset({ name: 'kernel', data: floats(1) });
      group
        .create_group('c')
        .create_group('c')
        .create_dataset({ name: 'bias:0', data: floats(2) });
    });
    expect((await readKerasModel(path)).weights.map(({ name }) => name)).toEqual(['c/kernel', 'c/bias']);
  });

  it('keeps the whole path where a layer is a model with layers of its own', async () => {
    const path = await otherFile(scratch.path('other.h5'), ['a/kernel:0', 'b/kernel:0'], group => {
      for (const inner of ['a', 'b']) group.create_group(inner).create_dataset({ name: 'kernel:0', data: floats(1) });
    });
    expect((await readKerasModel(path)).weights.map(({ name }) => name)).toEqual(['c/a/kernel', 'c/b/kernel']);
  });

  it('may hold half floats', async () => {
    await writeFile(scratch.path('half.h5'), inflateSync(Buffer.from(HALF_FLOATS, 'base64')));
    const [weight] = (await readKerasModel(scratch.path('half.h5'))).weights;
    expect(weight!.data).toEqual(floats(1, -2, 0.0999755859375, 65_504, 2 ** -24, Infinity));
  });

  it('may hold double and compressed floats, and integers that are no weights', async () => {
    const names = ['double', 'packed', 'seed'];
    const path = await otherFile(scratch.path('other.h5'), names, group => {
      group.create_dataset({ name: 'double', data: new Float64Array([0.1, -1e-3]) });
      const data = new Float32Array(1000).map((_, i) => i % 7);
      group.create_dataset({ name: 'packed', data, shape: [1000], chunks: [100], compression: 'gzip' });
      group.create_dataset({ name: 'seed', data: new Int32Array([1, 2]) });
    });
    const [double, packed, ...rest] = (await readKerasModel(path)).weights;
    expect(double!.data).toEqual(floats(0.1, -1e-3));
    expect([...packed!.data.slice(0, 9)]).toEqual([0, 1, 2, 3, 4, 5, 6, 0, 1]);
    expect(rest).toEqual([]);
  });
});
