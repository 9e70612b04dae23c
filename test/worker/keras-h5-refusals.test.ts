import { copyFile, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { withHdf5File } from '../../gpu-worker/model/hdf5-file.ts';
import { readKerasModel, writeKerasModel } from '../../gpu-worker/model/keras-h5.ts';
import { CONFIG, floats, layer, otherFile } from '../support/keras-h5-files.ts';
import { expectNoThreadsLeft, scratchFolder } from '../support/scratch.ts';

const scratch = scratchFolder();
expectNoThreadsLeft();

const invalid = (words: string) =>
  expect.objectContaining({ code: 'checkpoint_invalid', message: expect.stringContaining(words) });

describe('a file is refused', () => {
  const model = async () => {
    const path = scratch.path('model.h5');
    const data = new Float32Array(5000).map((_, i) => Math.sin(i));
    await writeKerasModel(path, {
      modelConfig: CONFIG,
      layers: [layer('c', { name: 'c/kernel', shape: [5000], data })],
    });
    return path;
  };

  it('when it is empty, something else, or cut off', async () => {
    const path = await model();
    const { size } = await stat(path);
    await writeFile(scratch.path('text.h5'), 'no HDF5 file '.repeat(100));
    await writeFile(scratch.path('empty.h5'), '');
    for (const name of ['text.h5', 'empty.h5'])
      await expect(readKerasModel(scratch.path(name))).rejects.toThrow(invalid('no HDF5 file'));
    for (const share of [0.99, 0.5, 0.01]) {
      await copyFile(path, scratch.path('cut.h5'));
      await truncate(scratch.path('cut.h5'), Math.floor(share * size));
      await expect(readKerasModel(scratch.path('cut.h5'))).rejects.toThrow(invalid('damaged'));
    }
  });

  it('with the report of the HDF5 library as the cause', async () => {
    await writeFile(scratch.path('text.h5'), 'no HDF5 file');
    await expect(readKerasModel(scratch.path('text.h5'))).rejects.toThrow(
      expect.objectContaining({ cause: expect.stringContaining('HDF5-DIAG') }),
    );
  });

  it('when it is HDF5 but not of Keras', async () => {
    const path = scratch.path('labels.h5');
    await withHdf5File(path, 'w', file => file.create_dataset({ name: 'x', data: floats(1) }));
    await expect(readKerasModel(path)).rejects.toThrow(invalid('the list of layers'));
  });

  it('when a layer or a weight that it lists is missing, or is there twice', async () => {
    const missing = await otherFile(scratch.path('other.h5'), ['c/kernel:0'], () => {});
    await expect(readKerasModel(missing)).rejects.toThrow(invalid('c/kernel'));
    const twice = scratch.path('twice.h5');
    await withHdf5File(twice, 'w', file => {
      file.create_attribute('layer_names', ['c', 'c']);
      const group = file.create_group('c');
      group.create_attribute('weight_names', ['kernel']);
      group.create_dataset({ name: 'kernel', data: floats(1) });
    });
    await expect(readKerasModel(twice)).rejects.toThrow(invalid('two weights named c/kernel'));
    await withHdf5File(twice, 'w', file => file.create_attribute('layer_names', ['d']));
    await expect(readKerasModel(twice)).rejects.toThrow(invalid('the group d'));
  });

  it('when its configuration is no JSON', async () => {
    const path = await otherFile(scratch.path('other.h5'), [], (_, file) =>
      file.create_attribute('model_config', '{"class_name": '),
    );
    await expect(readKerasModel(path)).rejects.toThrow(invalid('damaged'));
  });

  it('when packed numbers do not unpack', async () => {
    const path = await otherFile(scratch.path('other.h5'), ['kernel'], group => {
      const data = new Float32Array(4000).map((_, i) => Math.sin(i));
      group.create_dataset({ name: 'kernel', data, shape: [4000], chunks: [4000], compression: 'gzip' });
    });
    const bytes = await readFile(path);
    bytes.fill(0xff, bytes.length - 6000, bytes.length - 2000);
    await writeFile(path, bytes);
    await expect(readKerasModel(path)).rejects.toThrow(invalid('damaged'));
  });

  it('when a small file claims a huge number of weights', async () => {
    const path = await otherFile(scratch.path('other.h5'), ['kernel'], group => {
      const dataset = group.create_dataset({
        name: 'kernel',
        data: floats(1),
        shape: [1],
        maxshape: [null],
        chunks: [1000],
      });
      dataset.resize([200_000_000]);
    });
    await expect(readKerasModel(path)).rejects.toThrow(invalid('too many numbers'));
  });

  it('when reading it never ends', async () => {
    const path = await model();
    const bytes = await readFile(path);
    // The size of the first text in the heap of texts: adding it leads back to where it stands.
    bytes.writeBigUInt64LE(0xffff_ffff_ffff_fff0n, bytes.indexOf('GCOL') + 24);
    await writeFile(path, bytes);
    await expect(readKerasModel(path, { maxSeconds: 3 })).rejects.toThrow(invalid('does not end'));
  });

  it('when it takes its weights from another file of the host', async () => {
    const other = await model();
    const path = await otherFile(scratch.path('other.h5'), ['kernel'], group =>
      group.create_external_link(other, '/model_weights/c/c/kernel:0', 'kernel'),
    );
    await expect(readKerasModel(path)).rejects.toThrow(invalid('c/kernel'));
  });
});

it('says why the host did not open a file', async () => {
  await expect(readKerasModel(scratch.path('nowhere.h5'))).rejects.toThrow('ENOENT');
  await expect(writeKerasModel(scratch.path('no', 'folder.h5'), { modelConfig: CONFIG, layers: [] })).rejects.toThrow(
    'ENOENT',
  );
});

it('stops reading when it is told to', async () => {
  await expect(
    readKerasModel(scratch.path('model.h5'), { signal: AbortSignal.abort(new Error('stop')) }),
  ).rejects.toThrow('stop');
});
