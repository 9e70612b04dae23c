/**
 * The road of a lab platform in TypeScript or JavaScript (Node 20 and newer, Deno, Bun): look into a dataset, send files ahead, train, follow,
 * infer, download, end, handle errors.
 *   SLEAP_URL=http://127.0.0.1:5000 SLEAP_API_KEY=… npx tsx typescript.ts DATASET.7z VIDEO.mp4 training_config.json
 */
import { createWriteStream, openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { SleapClient, SleapError, type TrainingConfigInput } from 'sleap-microservice/client';

const [datasetPath, videoPath, configPath] = process.argv.slice(2) as [string, string, string];
const config: TrainingConfigInput = JSON.parse(await readFile(configPath, 'utf8'));

// Broken lines and 503 are tried again; every request that creates something has an Idempotency-Key, so that it is done once.
const client = new SleapClient({
  url: process.env.SLEAP_URL ?? 'http://127.0.0.1:5000',
  key: process.env.SLEAP_API_KEY,
});

// 1. Send the dataset ahead in pieces: a line that breaks costs a piece at most. The upload then stands for the file.
const dataset = await client.uploadResumably(await openAsBlob(datasetPath), {
  fileName: basename(datasetPath),
  onProgress: (sent, total) => console.log(`${sent} of ${total} bytes`),
});

// 2. What a training would see of it. Here a faulty dataset is refused, with a sentence that says why.
const { report } = await client.checkDataset(dataset);
console.log(`format ${report?.format}, ${report?.labelled_frames} labelled frames`);

// 3. Train. A key of your own makes the request safe across restarts of your program as well.
const idempotencyKey = `training-of-experiment-${Date.now()}`;
const { model_uid: model, task_id: task } = await client.train(dataset, config, { idempotencyKey });

// 4. Follow it to its end; a line that breaks is connected again, and no epoch is missed.
for await (const event of client.events(task, { events: ['phase', 'epoch'] })) {
  if (event.event === 'phase') console.log(event.data.phase);
  if (event.event === 'epoch') console.log(`epoch ${event.data.epoch}: loss ${event.data.val_loss}`);
}

// 5. Or wait for it: throws why it failed, if it did.
await client.waitForTask(task);
console.log(`median error ${(await client.model(model)).pixel_error?.median} px`);

// 6. Run the model on a video.
const video = await openAsBlob(videoPath);
const { results_id: results, task_id: inference } = await client.infer(video, model, {}, { fileName: 'mouse.mp4' });
await client.waitForTask(inference);

// 7. Download what was found, as a file or frame by frame.
await pipeline(await client.predictions(results, 'predictions.csv'), createWriteStream('keypoints.csv'));
for await (const { frame, keypoints } of client.frames(results)) console.log(frame, keypoints);

// 8. End a training: stop keeps the best weights, cancel discards.
const other = await client.train(dataset, config);
await client.cancelTask(other.task_id);

// 9. An error has a word for programs, a sentence for people, often a remedy.
try {
  await client.stopTraining(model);
} catch (error) {
  if (!(error instanceof SleapError) || error.code !== 'not_training') throw error;
  console.log(`${error.status} ${error.code}: ${error.message}`);
}
