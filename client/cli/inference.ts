/** Commands about videos and what was found in them: infer, results, suggest, overlay, inferences. */
import type { InferenceResource } from '../../src/contract/inference-resource.ts';
import type { TaskState } from '../../src/contract/task.ts';
import type { SleapClient } from '../sleap-client.ts';
import { type Commands, type Input, needed, resultsId } from './command.ts';
import { predictionsName, save, sendable } from './files.ts';
import { collect, printFields, printJson, printTable, shortTime } from './output.ts';
import { INFERENCE_OPTIONS, inferenceConfig, numberOf, overlayConfig } from './settings.ts';
import { watchInference, watchOverlay } from './watch.ts';

const LISTED = 100;

export const inferenceCommands: Commands = {
  infer: {
    usage: 'VIDEO --model MODEL_UID [--watch]',
    does: 'run a model on a video',
    more: `  --frames 0-99,150    which frames; --every 10: each tenth of them
  --threshold 0.2      a keypoint below it counts as not found
  --refinement NAME    integral, local or none
  --batch 8            frames computed at once
  --precision NAME     auto, fp32 or mixed
  --resumable          send the file ahead in pieces that survive a broken line; from 32 MB on that is so
                       unless --no-resumable is given
  --idempotency-key K  the same key with the same file is the same inference, for a day`,
    options: ['model', 'watch', 'json', 'resumable', 'idempotency-key', ...INFERENCE_OPTIONS],
    subjects: [1, 1],
    run: infer,
  },
  results: {
    usage: 'RESULTS_ID --out FILE',
    does: 'wait for an inference and save what it found, as FILE ends',
    more: `FILE ends in .csv .slp .analysis.h5 .dlc.csv .coco.json .json or .ndjson (docs/results.md).
  --empty-frames       of .csv: a row for frames without a keypoint as well`,
    options: ['out', 'empty-frames'],
    subjects: [1, 1],
    run: results,
  },
  suggest: {
    usage: 'RESULTS_ID [--count 20] [--out FILE.slp]',
    does: 'the frames that are worth labelling next; --out saves them for SLEAP',
    options: ['count', 'out', 'json'],
    subjects: [1, 1],
    run: suggest,
  },
  overlay: {
    usage: 'RESULTS_ID --out FILE.mp4 [--trail 20] [--threshold 0.2]',
    does: 'draw what was found into the video and save it',
    options: ['out', 'trail', 'threshold'],
    subjects: [1, 1],
    run: overlay,
  },
  inferences: {
    usage: '[list] [--model MODEL_UID] [--state succeeded] [--limit 100] [--json]',
    does: 'the inferences, the newest first; also: inferences show ID, inferences rm ID',
    options: ['model', 'state', 'limit', 'json'],
    subjects: [0, 0],
    run: list,
  },
  'inferences show': {
    usage: 'RESULTS_ID [--json]',
    does: 'where an inference stands',
    options: ['json'],
    subjects: [1, 1],
    run: show,
  },
  'inferences rm': {
    usage: 'RESULTS_ID',
    does: 'delete an inference with its predictions and its overlay',
    options: [],
    subjects: [1, 1],
    async run({ client, subjects }) {
      const id = resultsId(subjects[0]!);
      await client.deleteInference(id);
      console.log(`inference ${id} is deleted`);
    },
  },
};
inferenceCommands['inferences list'] = inferenceCommands.inferences!;

async function infer({ client, subjects, values }: Input): Promise<void> {
  const model = needed(values, 'model');
  const config = inferenceConfig(values);
  const { source, fileName } = await sendable(client, subjects[0]!, values.resumable);
  const idempotencyKey = values['idempotency-key'];
  const submitted = await client.infer(source, model, config, { fileName, idempotencyKey });
  if (values.json) printJson(submitted);
  else console.log(`results ${submitted.results_id}`);
  if (values.watch) await showWarnings(client, submitted.results_id);
}

async function results({ client, subjects, values }: Input): Promise<void> {
  const [id, out] = [resultsId(subjects[0]!), needed(values, 'out')];
  // Before anything is waited for.
  const name = predictionsName(out);
  await showWarnings(client, id);
  const emptyFrames = values['empty-frames'] === true && name === 'predictions.csv';
  await save(await client.predictions(id, name, { emptyFrames }), out);
}

async function suggest({ client, subjects, values }: Input): Promise<void> {
  const [id, count] = [resultsId(subjects[0]!), numberOf(values, 'count')];
  await watchInference(client, id);
  const answer = await client.suggestions(id, count);
  if (values.json) printJson(answer);
  else
    for (const { frame, reason, score } of answer.suggestions)
      console.log(`${String(frame).padStart(7)}  ${reason.padEnd(9)}  score ${score.toFixed(2)}`);
  const query = count === undefined ? '' : `?count=${count}`;
  if (values.out) await save(await client.file(`/api/inferences/${id}/suggestions.slp${query}`), values.out);
}

async function overlay({ client, subjects, values }: Input): Promise<void> {
  const [id, out] = [resultsId(subjects[0]!), needed(values, 'out')];
  await client.overlay(id, overlayConfig(values));
  await watchOverlay(client, id);
  await save(await client.file(`/api/inferences/${id}/overlay.mp4`), out);
}

async function list({ client, values }: Input): Promise<void> {
  const filter = { model_uid: values.model, ...(values.state && { state: values.state as TaskState }) };
  const found = await collect(client.inferences(filter), numberOf(values, 'limit') ?? LISTED);
  if (values.json) return printJson(found);
  const rows = found.map(one => [
    String(one.results_id),
    one.state,
    `${one.frames_stored} of ${one.video?.frames ?? '?'}`,
    shortTime(one.created_at),
    one.model_uid,
    one.file_name,
  ]);
  printTable(['id', 'state', 'frames', 'submitted (UTC)', 'model', 'video'], rows, 'no inferences');
}

async function show({ client, subjects, values }: Input): Promise<void> {
  const one = await client.inference(resultsId(subjects[0]!));
  if (values.json) return printJson(one);
  printFields([
    ['results', String(one.results_id)],
    ['video', one.file_name],
    ['model', one.model_uid],
    ['task', one.task_id],
    ['state', stateOf(one)],
    ['frames', `${one.frames_stored} of ${one.video?.frames ?? '?'}`],
    ['overlay', one.overlay?.state ?? null],
    ['error', one.error?.message ?? null],
  ]);
}

function stateOf({ state, phase }: InferenceResource): string {
  return state === 'active' ? `${state}, ${phase}` : state;
}

async function showWarnings(client: SleapClient, id: number): Promise<void> {
  for (const warning of (await watchInference(client, id)).warnings) console.log(`warning: ${warning}`);
}
