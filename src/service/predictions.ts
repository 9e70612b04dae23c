/**
 * What an inference found, frame by frame, as JSON or NDJSON: so far while it runs, and all of it once it ended, however it ended.
 *
 * The text is made chunk by chunk as it is sent. A frame without any peak is there with nulls: it was looked at, and nothing was found.
 * An instance's score is SLEAP's for a single instance: the sum of all peak values, those below the threshold included.
 */
import type { InferenceResource } from '../contract/inference-resource.ts';
import type { ServiceContext } from './context.ts';
import { readInference } from './inferences.ts';
import { type Chunk, readChunks, rounded } from './prediction-chunks.ts';

/** Times are rounded to a microsecond; containers count in ticks of 10 µs and more. */
const TICKS_PER_SECOND = 1e6;

export type PredictionFormat = 'json' | 'ndjson';

/**
 * @param options.after only frames behind this number; -1: all.
 * @returns pieces of the text. @throws AppError not_found, before the first piece.
 */
export async function readPredictions(
  ctx: ServiceContext,
  resultsId: string,
  { format, after }: { format: PredictionFormat; after: number },
): Promise<AsyncIterable<string>> {
  const inference = await readInference(ctx, resultsId);
  const frames = frameTexts(ctx, inference, after);
  return format === 'ndjson' ? ndjson(frames) : json(inference, frames);
}

async function* ndjson(chunks: AsyncIterable<string[]>): AsyncGenerator<string> {
  for await (const frames of chunks) yield `${frames.join('\n')}\n`;
}

async function* json(inference: InferenceResource, chunks: AsyncIterable<string[]>): AsyncGenerator<string> {
  const { results_id, model_uid, state, frames_stored } = inference;
  const head = JSON.stringify({ results_id, model_uid, state, frames_stored });
  yield `${head.slice(0, -1)},"frames":[`;
  let separator = '';
  for await (const frames of chunks) {
    yield separator + frames.join(',');
    separator = ',';
  }
  yield ']}\n';
}

/** The frames of each chunk as JSON objects; never an empty list. */
async function* frameTexts(
  ctx: ServiceContext,
  { results_id: inferenceId, keypoints }: InferenceResource,
  after: number,
): AsyncGenerator<string[]> {
  const names = keypoints.map(name => JSON.stringify(name));
  for await (const chunk of readChunks(ctx, { inferenceId, keypoints: names.length, after })) {
    yield chunk.frames.flatMap((frame, i) => (frame > after ? [frameText(chunk, i, names)] : []));
  }
}

function frameText(chunk: Chunk, index: number, names: string[]): string {
  let sum = 0;
  let found = false;
  const fields = names.map((name, k) => {
    const { x, y, score } = chunk.point(index, k);
    if (!Number.isNaN(score)) sum += score;
    found ||= !Number.isNaN(x);
    return `${name}:[${rounded(x)},${rounded(y)},${rounded(score)}]`;
  });
  const time = chunk.time(index);
  const seconds = time === null || Number.isNaN(time) ? null : Math.round(time * TICKS_PER_SECOND) / TICKS_PER_SECOND;
  const score = found ? rounded(sum) : 'null';
  return `{"frame":${chunk.frames[index]},"time":${seconds},"score":${score},"keypoints":{${fields.join(',')}}}`;
}
