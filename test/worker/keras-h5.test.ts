/** Keras model files: what is written comes back, and what is no such file is refused in words. */
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { groupByLayer, readKerasModel, writeKerasModel } from '../../gpu-worker/model/keras-h5.ts';
import { scratchFolder } from '../support/scratch.ts';

const scratch = scratchFolder();

const WEIGHTS = [
  { name: 'conv/kernel', shape: [2, 1, 1, 3], data: Float32Array.of(1, -0, 0.5, 2, 3e-8, -7) },
  { name: 'conv/bias', shape: [3], data: Float32Array.of(1, 2, 3) },
  { name: 'bn/moving_mean', shape: [1], data: Float32Array.of(4) },
];

describe('a Keras model file', () => {
  it('gives back its topology and its weights by name, layers without weights between them', async () => {
    const path = scratch.path('model.h5');
    // Longer than the 64 kB an attribute in an object header may have.
    const modelConfig = { class_name: 'Functional', config: { name: 'x'.repeat(100_000) } };
    await writeKerasModel(path, { modelConfig, layers: groupByLayer(['input', 'conv', 'relu', 'bn'], WEIGHTS) });
    const read = await readKerasModel(path);
    expect(read.modelConfig).toEqual(modelConfig);
    expect(read.weights).toEqual(WEIGHTS);
  });

  it('that is none, or is cut short, is refused', async () => {
    const path = scratch.path('model.h5');
    await writeKerasModel(path, { modelConfig: {}, layers: groupByLayer(['conv', 'bn'], WEIGHTS) });
    const bytes = await readFile(path);
    for (const damaged of [Buffer.from('no HDF5'), Buffer.alloc(0), bytes.subarray(0, bytes.length / 2)]) {
      await writeFile(path, damaged);
      await expect(readKerasModel(path)).rejects.toMatchObject({ code: 'checkpoint_invalid' });
    }
  });
});
