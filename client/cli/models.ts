/** Commands about models: the list, one of them, its name and tags, deleting it, its way out and in. */
import type { ModelResource } from '../../src/contract/model.ts';
import type { TaskState } from '../../src/contract/task.ts';
import { type Commands, type Input, needed } from './command.ts';
import { save, sendable } from './files.ts';
import { collect, pixels, printFields, printJson, printTable, shortTime } from './output.ts';
import { numberOf } from './settings.ts';
import { showModel } from './training.ts';

const LISTED = 100;

export const modelCommands: Commands = {
  models: {
    usage:
      '[list] [--name TEXT] [--tag TAG] [--state succeeded] [--origin import] [--sort=-created_at] [--limit 100] [--json]',
    does: 'the models, the newest first; also: models show, rename, tag, rm, export, import',
    options: ['name', 'tag', 'state', 'origin', 'sort', 'limit', 'json'],
    subjects: [0, 0],
    run: list,
  },
  'models show': {
    usage: 'MODEL_UID [--json]',
    does: 'where a training stands and how good the model is',
    options: ['json'],
    subjects: [1, 1],
    run: async ({ client, subjects, values }) => print(await client.model(subjects[0]!), values.json),
  },
  'models rename': {
    usage: 'MODEL_UID NAME',
    does: 'give a model a name; "" takes it away',
    options: ['json'],
    subjects: [2, 2],
    run: async ({ client, subjects: [uid, name], values }) =>
      print(await client.changeModel(uid!, { name: name! }), values.json),
  },
  'models tag': {
    usage: 'MODEL_UID [TAG…]',
    does: 'give a model these tags in place of those that it has',
    options: ['json'],
    subjects: [1, 51],
    run: async ({ client, subjects: [uid, ...tags], values }) =>
      print(await client.changeModel(uid!, { tags }), values.json),
  },
  'models rm': {
    usage: 'MODEL_UID',
    does: 'delete a model and all that belongs to it, its inferences too',
    options: [],
    subjects: [1, 1],
    async run({ client, subjects: [uid] }) {
      await client.deleteModel(uid!);
      console.log(`model ${uid} is deleted`);
    },
  },
  'models export': {
    usage: 'MODEL_UID --out MODEL.zip',
    does: 'download a model with all of its files; for short: export',
    options: ['out'],
    subjects: [1, 1],
    async run({ client, subjects, values }) {
      const out = needed(values, 'out');
      await save(await client.modelFile(subjects[0]!, 'model.zip'), out);
    },
  },
  'models import': {
    usage: 'MODEL.zip [--watch]',
    does: 'bring in a model of a service like this, or a zipped SLEAP folder; for short: import',
    options: ['watch', 'json', 'resumable', 'idempotency-key'],
    subjects: [1, 1],
    async run({ client, subjects, values }) {
      const { source, fileName } = await sendable(client, subjects[0]!, values.resumable);
      const idempotencyKey = values['idempotency-key'];
      await showModel(client, await client.importModel(source, { fileName, idempotencyKey }), values);
    },
  },
};
modelCommands['models list'] = modelCommands.models!;
modelCommands.export = modelCommands['models export']!;
modelCommands.import = modelCommands['models import']!;

async function list({ client, values }: Input): Promise<void> {
  const { name, tag } = values;
  const words = { state: values.state as TaskState, origin: values.origin as 'import', sort: values.sort as 'name' };
  // The service says what is wrong with a word of a filter.
  const given = Object.fromEntries(Object.entries(words).filter(([, word]) => word !== undefined));
  const found = await collect(client.models({ ...given, name, tag }), numberOf(values, 'limit') ?? LISTED);
  if (values.json) return printJson(found);
  const rows = found.map(model => [
    model.model_uid,
    model.state,
    String(model.epochs),
    pixels(model.pixel_error?.median),
    shortTime(model.created_at),
    [model.name ?? '', ...model.tags.map(word => `#${word}`)].filter(Boolean).join(' '),
  ]);
  printTable(['model', 'state', 'epochs', 'median error', 'submitted (UTC)', 'name and tags'], rows, 'no models');
}

function print(model: ModelResource, asJson: boolean | undefined): void {
  if (asJson) {
    printJson(model);
    return;
  }
  const { pixel_error: error, frames } = model;
  printFields([
    ['model', model.model_uid],
    ['name', model.name],
    ['tags', model.tags.length > 0 ? model.tags.join(', ') : null],
    ['task', model.task_id],
    ['state', model.state === 'active' ? `${model.state}, ${model.phase}` : model.state],
    ['epochs', `${model.epochs}${model.best_epoch === null ? '' : `, best ${model.best_epoch}`}`],
    ['frames', frames && `${frames.train} for training, ${frames.validation} for validation`],
    ['keypoints', model.keypoints?.join(', ') ?? null],
    ['error', error && `median ${pixels(error.median)} over ${error.count} keypoints, ${error.missed} missed`],
    ['failure', model.error && [model.error.message, model.error.remedy].filter(Boolean).join(' ')],
  ]);
}
