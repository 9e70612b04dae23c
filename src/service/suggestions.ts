/** Frames worth labelling next, chosen from what an inference found: as JSON, and as a .slp to open in SLEAP, label and train on again. */
import type { Suggestions } from '../contract/suggestions.ts';
import type { ExportFile } from '../exports/export-file.ts';
import { frameQuality } from '../exports/frame-quality.ts';
import { type SuggestedFrame, suggestFrames } from '../exports/suggest-frames.ts';
import { suggestedSlpFile } from '../exports/suggested-slp.ts';
import type { ServiceContext } from './context.ts';
import { tagOf } from './file-content.ts';
import { type OpenPredictions, openPredictions } from './predictions.ts';

/** @param count at most so many frames. @throws AppError not_found. */
export async function readSuggestions(ctx: ServiceContext, resultsId: string, count: number): Promise<Suggestions> {
  const { predictions, frames } = await suggest(ctx, resultsId, count);
  const times = await timesOf(predictions, frames);
  return {
    results_id: predictions.resultsId,
    model_uid: predictions.modelUid,
    file_name: predictions.fileName,
    frames_stored: predictions.runs.reduce((sum, run) => sum + run.frames, 0),
    suggestions: frames.map(({ frame, reason, score, jumpPx }, i) => {
      return { frame, time: times[i]!, reason, score, jump_px: Number.isNaN(jumpPx) ? null : jumpPx };
    }),
    slp_suggestions: frames.map(({ frame }) => ({ video: '0', frame_idx: frame, group: 0 })),
  };
}

/** @throws AppError not_found. */
export async function openSuggestedSlp(
  ctx: ServiceContext,
  resultsId: string,
  count: number,
): Promise<{ fileName: string; etag: string; file: ExportFile }> {
  const { predictions, frames } = await suggest(ctx, resultsId, count);
  const numbers = frames.map(({ frame }) => frame);
  const file = await suggestedSlpFile(predictions, numbers);
  return { fileName: predictions.fileName, etag: tagOf(JSON.stringify([predictions.taskId, 'slp', numbers])), file };
}

async function suggest(ctx: ServiceContext, resultsId: string, count: number) {
  const predictions = await openPredictions(ctx, resultsId);
  return { predictions, frames: suggestFrames(await frameQuality(predictions), count) };
}

/** When each frame is shown, in seconds since the start of the video; null: not known. */
async function timesOf({ runs, read }: OpenPredictions, frames: readonly SuggestedFrame[]): Promise<(number | null)[]> {
  const times = new Map<number, number | null>();
  for (const run of runs) {
    const last = run.firstFrame + (run.frames - 1) * run.step;
    const wanted = frames.filter(({ frame }) => frame >= run.firstFrame && frame <= last);
    if (wanted.length === 0) continue;
    const chunk = await read(run);
    for (const { frame } of wanted) {
      const time = chunk.time((frame - run.firstFrame) / run.step);
      times.set(frame, time === null || Number.isNaN(time) ? null : time);
    }
  }
  return frames.map(({ frame }) => times.get(frame) ?? null);
}
