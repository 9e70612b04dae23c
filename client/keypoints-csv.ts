/** Results as CSV: one row a frame, `frame_idx` and two columns a keypoint, as SLEAP names them; empty where no peak was found. */
import type { InferenceResult } from '../src/contract/inference.ts';

export function keypointsCsv(keypoints: NonNullable<InferenceResult['keypoints']>): string {
  const frames = Object.keys(keypoints)
    .map(Number)
    .sort((a, b) => a - b);
  const names = frames.length > 0 ? Object.keys(keypoints[frames[0]!]!) : [];
  const header = ['frame_idx', ...names.flatMap(name => [field(`${name}.x`), field(`${name}.y`)])];
  const rows = frames.map(frame => [
    frame,
    ...names.flatMap(name => keypoints[frame]![name]!.map(value => value ?? '')),
  ]);
  return [header, ...rows].map(row => `${row.join(',')}\n`).join('');
}

/** RFC 4180. */
function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
