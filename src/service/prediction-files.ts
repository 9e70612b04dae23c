/**
 * Predictions as files for download, each made when it is asked for from what is stored then.
 *
 * A file's entity tag is made of all that its content depends on: frames are only ever added, so their number tells which there are.
 */
import { PREDICTION_FILES, type PredictionFileName, type PredictionFiles } from '../contract/prediction-files.ts';
import { AppError } from '../errors.ts';
import { analysisFile } from '../exports/analysis-h5.ts';
import { cocoParts } from '../exports/coco.ts';
import { csvParts } from '../exports/csv.ts';
import { dlcCsvParts } from '../exports/dlc-csv.ts';
import type { ExportFile } from '../exports/export-file.ts';
import { jsonParts, ndjsonParts } from '../exports/json.ts';
import { MeasuredFiles } from '../exports/measured-files.ts';
import type { Predictions } from '../exports/predictions.ts';
import { slpFile } from '../exports/slp.ts';
import { TextFile, type TextParts } from '../exports/text-file.ts';
import type { ServiceContext } from './context.ts';
import { tagOf } from './file-content.ts';
import { type OpenPredictions, openPredictions } from './predictions.ts';

/** To be raised when a file of the same predictions becomes another one: whoever has half of the old one must not go on with the new one. */
const EDITION = 1;

const measuredFiles = new MeasuredFiles();

export interface PredictionFileOptions {
  /** json and ndjson: only frames behind this number; -1: all. */
  after: number;
  /** csv: a row for frames without a detection as well. */
  emptyFrames: boolean;
}

const DEFAULTS: PredictionFileOptions = { after: -1, emptyFrames: false };

export interface PredictionFile {
  name: PredictionFileName;
  /** Of the video, as it was sent. */
  fileName: string;
  /** A strong entity tag, quotes included. */
  etag: string;
  file: ExportFile;
}

/** Files that change when the inference ends, though no frames come. */
const SHOW_STATE: readonly PredictionFileName[] = ['predictions.json'];

/** Those that lay out bytes of their own. */
const BINARY_FILES = { 'predictions.slp': slpFile, 'predictions.analysis.h5': analysisFile } as const;
type BinaryName = keyof typeof BINARY_FILES;

const TEXT_FILES: Record<
  Exclude<PredictionFileName, BinaryName>,
  (predictions: Predictions, options: PredictionFileOptions) => TextParts
> = {
  'predictions.json': (predictions, { after }) => jsonParts(predictions, after),
  'predictions.ndjson': (predictions, { after }) => ndjsonParts(predictions, after),
  'predictions.csv': (predictions, options) => csvParts(predictions, options),
  'predictions.dlc.csv': dlcCsvParts,
  'predictions.coco.json': cocoParts,
};

/** @throws AppError not_found: no such inference, or no such file, with the names of those there are. */
export async function openPredictionFile(
  ctx: ServiceContext,
  resultsId: string,
  name: string,
  options: PredictionFileOptions,
): Promise<PredictionFile> {
  if (!isFileName(name))
    throw new AppError('not_found', `There is no file "${name.slice(0, 80)}" of predictions.`, {
      remedy: `Ask for one of ${Object.keys(PREDICTION_FILES).join(', ')}.`,
    });
  const predictions = await openPredictions(ctx, resultsId);
  return makeFile(predictions, name, options);
}

/** @throws AppError not_found. */
export async function listPredictionFiles(ctx: ServiceContext, resultsId: string): Promise<PredictionFiles> {
  const predictions = await openPredictions(ctx, resultsId);
  const names = Object.keys(PREDICTION_FILES).filter(isFileName);
  return {
    files: names.map(name => ({
      name,
      ...PREDICTION_FILES[name],
      url: `/api/inferences/${predictions.resultsId}/${name}`,
      size_bytes: makeFile(predictions, name, DEFAULTS).file.sizeBytes,
    })),
  };
}

function makeFile(
  predictions: OpenPredictions,
  name: PredictionFileName,
  options: PredictionFileOptions,
): PredictionFile {
  const { taskId, runs, video, fileName } = predictions;
  const frames = runs.reduce((sum, run) => sum + run.frames, 0);
  const state = SHOW_STATE.includes(name) ? predictions.state : null;
  const { after, emptyFrames } = options;
  const etag = tagOf(JSON.stringify([EDITION, taskId, name, state, video, runs.length, frames, after, emptyFrames]));
  const file = isBinary(name)
    ? BINARY_FILES[name](predictions)
    : new TextFile(predictions, TEXT_FILES[name](predictions, options), { etag, files: measuredFiles });
  return { name, fileName, etag, file };
}

function isFileName(name: string): name is PredictionFileName {
  return Object.hasOwn(PREDICTION_FILES, name);
}

function isBinary(name: PredictionFileName): name is BinaryName {
  return Object.hasOwn(BINARY_FILES, name);
}
