/** The command-line client: `npm run client -- COMMAND …`. It speaks HTTP only; the service may run anywhere. */
import { createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import type { TrainingConfigInput } from '../src/contract/training.ts';
import { Api } from './api.ts';
import { keypointsCsv } from './keypoints-csv.ts';
import { inferenceConfig, overlayConfig, SETTING_OPTIONS } from './settings.ts';
import { watchInference, watchOverlay, watchTraining } from './watch.ts';

const USAGE = `usage: npm run client -- COMMAND [--url http://127.0.0.1:5000] [--key API_KEY]
  train DATASET.7z --config cfg.json [--watch]   submit a training; cfg.json holds a training_config
  watch MODEL_UID                                follow a training to its end
  stop MODEL_UID                                 end a training and keep its best weights
  infer VIDEO --model MODEL_UID [--watch]        run a model on a video
        [--frames 0-99,150] [--every 10] [--threshold 0.2] [--refinement integral|local|none]
        [--batch 8] [--precision auto|fp32|mixed]
  results RESULTS_ID --out FILE.csv              wait for an inference and save its keypoints
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
  if (command === 'train' && subject && values.config) {
    const config = JSON.parse(await readFile(values.config, 'utf8')) as TrainingConfigInput;
    const { model_uid: uid } = await api.trainNetwork(subject, config);
    console.log(`model ${uid}`);
    if (values.watch) await follow(api, uid);
  } else if (command === 'watch' && subject) {
    await follow(api, subject);
  } else if (command === 'stop' && subject) {
    console.log(await api.stopTraining(subject));
  } else if (command === 'infer' && subject && values.model) {
    const { results_id: id } = await api.videoInference(subject, values.model, inferenceConfig(values));
    console.log(`results ${id}`);
    if (values.watch)
      for (const warning of (await watchInference(api, id)).warnings) console.log(`warning: ${warning}`);
  } else if (command === 'results' && subject && values.out) {
    const { warnings } = await watchInference(api, Number(subject));
    const { keypoints } = await api.results(Number(subject));
    await writeFile(values.out, keypointsCsv(keypoints!));
    for (const warning of warnings) console.log(`warning: ${warning}`);
    console.log(`${Object.keys(keypoints!).length} frames written to ${values.out}`);
  } else if (command === 'overlay' && subject && values.out) {
    await api.requestOverlay(Number(subject), overlayConfig(values));
    await watchOverlay(api, Number(subject));
    await pipeline(await api.overlay(Number(subject)), createWriteStream(values.out));
    console.log(`overlay written to ${values.out}`);
  } else if (command === 'export' && subject && values.out) {
    await pipeline(await api.modelZip(subject), createWriteStream(values.out));
    console.log(`model written to ${values.out}`);
  } else if (command === 'import' && subject) {
    const { model_uid: uid } = await api.importModel(subject);
    console.log(`model ${uid}`);
    if (values.watch) await follow(api, uid);
  } else {
    console.error(USAGE);
    process.exitCode = 2;
  }
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
