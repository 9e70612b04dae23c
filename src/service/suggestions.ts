/** Frames worth labelling next, chosen from what an inference found: as JSON, and as a .slp to open in SLEAP, label and train on again. */
import type { Suggestions } from '../contract/suggestions.ts';
import type { ExportFile } from '../exports/export-file.ts';
import { frameQuality } from '../exports/frame-quality.ts';
import { suggestFrames } from '../exports/suggest-frames.ts';
import { suggestedSlpFile } from '../exports/suggested-slp.ts';
import type { ServiceContext } from './context.ts';
import { tagOf } from './file-content.ts';
import { openPredictions } from './predictions.ts';

/** @param count at most so many frames. @throws AppError not_found. */
export async function readSuggestions(ctx: ServiceContext, resultsId: string, count: number): Promise<Suggestions> {
  const { predictions, frames } = await suggest(ctx, resultsId, count);
  return {
    results_id: predictions.resultsId,
    model_uid: predictions.modelUid,
    file_name: predictions.fileName,
    frames_stored: predictions.runs.reduce((sum, run) => sum + run.frames, 0),
    suggestions: frames.map(({ frame, time, reason, score, jumpPx }) => {
      return { frame, time: orNull(time), reason, score, jump_px: orNull(jumpPx) };
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

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
