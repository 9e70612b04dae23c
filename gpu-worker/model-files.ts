/**
 * A finished model as the files that others read: best_model.h5 for Keras and SLEAP, model.json for TensorFlow.js. They need the network's
 * graph, so the worker makes them; what else a model can be downloaded as is made when it is asked for (src/service/model-files.ts).
 */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { storeBlob } from '../src/blobs/blob-store.ts';
import type { StoredFileName } from '../src/contract/model-files.ts';
import type { Executor } from '../src/db/client.ts';
import { modelFiles } from '../src/db/schema.ts';
import { groupByLayer, writeKerasModel } from './model/keras-h5.ts';
import { kerasTopology, tfjsModel } from './model/keras-topology.ts';
import { readWeights } from './model/network.ts';
import type { TaskContext } from './task-context.ts';

export interface StoredFile {
  name: StoredFileName;
  blobId: string;
  sizeBytes: number;
}

/** Writes them with the weights the network has, into the blob store; recordModelFiles() makes them the model's. */
export async function storeModelFiles(
  { blobs, scratchDir }: Pick<TaskContext, 'blobs' | 'scratchDir'>,
  network: LayersModel,
): Promise<StoredFile[]> {
  const h5Path = join(scratchDir, 'best_model.h5');
  const layerNames = network.layers.map(layer => layer.name);
  await writeKerasModel(h5Path, {
    modelConfig: kerasTopology(network),
    layers: groupByLayer(layerNames, await readWeights(network)),
  });
  const tfjs = tfjsModel(network);
  const store = async (name: StoredFileName, source: Parameters<typeof storeBlob>[1]): Promise<StoredFile> => {
    const { id, sizeBytes } = await storeBlob(blobs, source);
    return { name, blobId: id, sizeBytes };
  };
  const files = [await store('best_model.h5', createReadStream(h5Path))];
  if (tfjs !== null) files.push(await store('model.json', new TextEncoder().encode(JSON.stringify(tfjs.modelJson))));
  return files;
}

/** Inside the transaction that writes what else is known of the model; an earlier attempt's files are replaced. */
export async function recordModelFiles(tx: Executor, modelUid: string, files: StoredFile[]): Promise<void> {
  for (const file of files) {
    await tx
      .insert(modelFiles)
      .values({ modelUid, ...file })
      .onConflictDoUpdate({ target: [modelFiles.modelUid, modelFiles.name], set: file });
  }
}
