import type { ExportFile } from './export-file.ts';
import type { Predictions } from './predictions.ts';

export function analysisFile(_predictions: Predictions): ExportFile {
  throw new Error('being built');
}
