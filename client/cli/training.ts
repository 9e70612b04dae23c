/** Commands about datasets and trainings: check, train, watch, stop. */
import { readFile } from 'node:fs/promises';
import type { TrainingConfigInput } from '../../src/contract/training.ts';
import type { SleapClient } from '../sleap-client.ts';
import { type Commands, type Input, needed, type Values } from './command.ts';
import { describeReport } from './dataset-report.ts';
import { saveSamples, sendable } from './files.ts';
import { pixels, printJson } from './output.ts';
import { DATASET_OPTIONS, datasetOptions } from './settings.ts';
import { watchCheck, watchTraining } from './watch.ts';

const READING = `DATASET is what a labelling tool wrote, packed with its images as 7z, zip or tar (docs/datasets.md).
  --format NAME        of the labels, where there are several formats
  --labels FILE        which label file within the archive, where there are several
  --password TEXT      of an encrypted archive
  --resumable          send the file ahead in pieces that survive a broken line; from 32 MB on that is so
                       unless --no-resumable is given`;

export const trainingCommands: Commands = {
  check: {
    usage: 'DATASET [--out FOLDER]',
    does: 'what a training would see of a dataset, and what is wrong with it',
    more: `${READING}\n  --out FOLDER         saves frames with their labels drawn in`,
    options: ['out', 'json', 'resumable', ...DATASET_OPTIONS],
    subjects: [1, 1],
    run: check,
  },
  train: {
    usage: 'DATASET --config cfg.json [--watch]',
    does: 'submit a training; cfg.json holds a training_config',
    more: `${READING}
  --watch              follow it to its end
  --idempotency-key K  the same key with the same files is the same training, for a day
Without DATASET the training goes on with that of the model which resume_from in cfg.json names.`,
    options: ['config', 'watch', 'json', 'resumable', 'idempotency-key', ...DATASET_OPTIONS],
    subjects: [0, 1],
    run: train,
  },
  watch: {
    usage: 'MODEL_UID',
    does: 'follow a training or an import to its end',
    options: [],
    subjects: [1, 1],
    run: ({ client, subjects }) => follow(client, subjects[0]!),
  },
  stop: {
    usage: 'MODEL_UID',
    does: 'end a training and keep its best weights',
    options: [],
    subjects: [1, 1],
    run: async ({ client, subjects }) => console.log(await client.stopTraining(subjects[0]!)),
  },
};

async function check({ client, subjects, values }: Input): Promise<void> {
  const { source, fileName } = await sendable(client, subjects[0]!, values.resumable);
  const settings = { ...datasetOptions(values), fileName };
  const report = await watchCheck(client, await client.checkDataset(source, settings));
  if (values.json) printJson(report);
  else console.log(describeReport(report));
  if (values.out) console.error(`${await saveSamples(client, report, values.out)} pictures written to ${values.out}`);
}

async function train({ client, subjects: [dataset], values }: Input): Promise<void> {
  const config = await readConfig(values);
  const sent = dataset === undefined ? null : await sendable(client, dataset, values.resumable);
  const submitted = await client.train(sent?.source ?? null, config, {
    ...datasetOptions(values),
    ...(sent && { fileName: sent.fileName }),
    idempotencyKey: values['idempotency-key'],
  });
  await showModel(client, submitted, values);
}

/** @throws Error naming a file that cannot be read or is no JSON. */
async function readConfig(values: Values): Promise<TrainingConfigInput> {
  const path = needed(values, 'config');
  const text = await readFile(path, 'utf8').catch(cause => {
    throw new Error(`${path} cannot be read. Look whether it is there and may be opened.`, { cause });
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${path} is no JSON: ${(cause as Error).message}`, { cause });
  }
}

/** What was submitted, and with --watch how it went on. */
export async function showModel(client: SleapClient, submitted: { model_uid: string }, values: Values): Promise<void> {
  if (values.json) printJson(submitted);
  else console.log(`model ${submitted.model_uid}`);
  if (values.watch) await follow(client, submitted.model_uid);
}

async function follow(client: SleapClient, uid: string): Promise<void> {
  const { warnings, pixel_error: error } = await watchTraining(client, uid);
  for (const warning of warnings) console.log(`warning: ${warning}`);
  if (!error) return;
  const found = `median ${pixels(error.median)}, mean ${pixels(error.mean)}`;
  console.log(`validation error: ${found} over ${error.count} keypoints, ${error.missed} missed`);
  const baseline = `median ${pixels(error.baseline_median)}, mean ${pixels(error.baseline_mean)}`;
  console.log(`always answering the mean position: ${baseline}`);
}
