/** The command-line client: `npm run client -- COMMAND …`. It speaks HTTP only; the service may run anywhere. */
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import type { TrainingConfigInput } from '../src/contract/training.ts';
import { Api } from './api.ts';
import { describeReport } from './dataset-report.ts';
import { predictionsPath, saveSamples } from './files.ts';
import { datasetOptions, inferenceConfig, overlayConfig, SETTING_OPTIONS, suggestionCount } from './settings.ts';
import { watchCheck, watchInference, watchOverlay, watchTraining } from './watch.ts';

const USAGE = `usage: npm run client -- COMMAND [--url http://127.0.0.1:5000] [--key API_KEY]
  check DATASET [--out FOLDER]                   what a training would see; --out saves frames with their labels drawn in
  train DATASET --config cfg.json [--watch]      submit a training; cfg.json holds a training_config
        [--format NAME] [--labels FILE] [--password TEXT]
                                                 of check and train: which labels of the dataset, its password
  watch MODEL_UID                                follow a training to its end
  stop MODEL_UID                                 end a training and keep its best weights
  infer VIDEO --model MODEL_UID [--watch]        run a model on a video
        [--frames 0-99,150] [--every 10] [--threshold 0.2] [--refinement integral|local|none]
        [--batch 8] [--precision auto|fp32|mixed]
  results RESULTS_ID --out FILE                  wait for an inference and save what it found, as FILE's ending says:
        [--empty-frames]                         .csv .slp .analysis.h5 .dlc.csv .coco.json .json .ndjson
  suggest RESULTS_ID [--count 20] [--out FILE.slp]
                                                 the frames that are worth labelling next; --out saves them for SLEAP
  overlay RESULTS_ID --out FILE.mp4 [--trail 20] [--threshold 0.2]
                                                 draw what was found into the video and save it
  export MODEL_UID --out MODEL.zip               download a model with all of its files
  import MODEL.zip [--watch]                     bring in a model of a service like this, or a zipped SLEAP folder`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string', default: process.env.SLEAP_URL ?? 'http://127.0.0.1:5000' },
    key: { type: 'string', default: process.env.SLEAP_API_KEY ?? '' },
    config: { type: 'string' },
    model: { type: 'string' },
    out: { type: 'string' },
    watch: { type: 'boolean', default: false },
    'empty-frames': { type: 'boolean', default: false },
    ...SETTING_OPTIONS,
  },
});
const [command, subject] = positionals;

try {
  await run(new Api(values.url, values.key === '' ? undefined : values.key));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

async function run(api: Api): Promise<void> {
  if (command === 'check' && subject) {
    const report = await watchCheck(api, await api.checkDataset(subject, datasetOptions(values)));
    console.log(describeReport(report));
    if (values.out) console.log(`${await saveSamples(api, report, values.out)} pictures written to ${values.out}`);
  } else if (command === 'train' && subject && values.config) {
    const config = JSON.parse(await readFile(values.config, 'utf8')) as TrainingConfigInput;
    const { model_uid: uid } = await api.trainNetwork(subject, config, datasetOptions(values));
    console.log(`model ${uid}`);
    if (values.watch) await follow(api, uid);
  } else if (command === 'watch' && subject) {
    await follow(api, subject);
  } else if (command === 'stop' && subject) {
    console.log(await api.stopTraining(subject));
  } else if (command === 'infer' && subject && values.model) {
    const { results_id: id } = await api.videoInference(subject, values.model, inferenceConfig(values));
    console.log(`results ${id}`);
    if (values.watch) await showWarnings(api, id);
  } else if (command === 'results' && subject && values.out) {
    const path = predictionsPath(Number(subject), values.out, values['empty-frames']);
    await showWarnings(api, Number(subject));
    await save(api, path, values.out);
  } else if (command === 'suggest' && subject) {
    await suggest(api, Number(subject));
  } else if (command === 'overlay' && subject && values.out) {
    await api.requestOverlay(Number(subject), overlayConfig(values));
    await watchOverlay(api, Number(subject));
    await save(api, `/api/inferences/${Number(subject)}/overlay.mp4`, values.out);
  } else if (command === 'export' && subject && values.out) {
    await save(api, `/api/models/${encodeURIComponent(subject)}/files/model.zip`, values.out);
  } else if (command === 'import' && subject) {
    const { model_uid: uid } = await api.importModel(subject);
    console.log(`model ${uid}`);
    if (values.watch) await follow(api, uid);
  } else {
    console.error(USAGE);
    process.exitCode = 2;
  }
}

async function save(api: Api, path: string, out: string): Promise<void> {
  await pipeline(await api.file(path), createWriteStream(out));
  console.log(`written to ${out}`);
}

async function showWarnings(api: Api, id: number): Promise<void> {
  for (const warning of (await watchInference(api, id)).warnings) console.log(`warning: ${warning}`);
}

async function suggest(api: Api, id: number): Promise<void> {
  await watchInference(api, id);
  const count = suggestionCount(values);
  for (const { frame, reason, score } of (await api.suggestions(id, count)).suggestions)
    console.log(`${String(frame).padStart(7)}  ${reason.padEnd(9)}  score ${score.toFixed(2)}`);
  const query = count === undefined ? '' : `?count=${count}`;
  if (values.out) await save(api, `/api/inferences/${id}/suggestions.slp${query}`, values.out);
}

async function follow(api: Api, uid: string): Promise<void> {
  const model = await watchTraining(api, uid);
  for (const warning of model.warnings) console.log(`warning: ${warning}`);
  const error = model.pixel_error;
  if (error) {
    const px = (value: number | null) => (value === null ? 'none' : `${value.toFixed(2)} px`);
    console.log(
      `validation error: median ${px(error.median)}, mean ${px(error.mean)} over ${error.count} keypoints, ${error.missed} missed`,
    );
    console.log(
      `always answering the mean position: median ${px(error.baseline_median)}, mean ${px(error.baseline_mean)}`,
    );
  }
}
