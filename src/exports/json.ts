/**
 * predictions.json and predictions.ndjson: every stored frame with its time, its score and its keypoints.
 * A frame without any peak is there with nulls: it was looked at, and nothing was found.
 */
import { NUMBERS_PER_POINT } from '../contract/pose.ts';
import type { Predictions } from './predictions.ts';
import { type TextBytes, utf8 } from './text-bytes.ts';
import type { FrameTexts, TextParts } from './text-file.ts';

/** Times are rounded to a microsecond; containers count in ticks of 10 µs and more. */
const TICKS_PER_SECOND = 1e6;
const COMMA = 0x2c;
const NULL = utf8('null');
const FRAME = utf8('{"frame":');
const TIME = utf8(',"time":');
const SCORE = utf8(',"score":');
const KEYPOINTS = utf8(',"keypoints":{');

/** @param after only frames behind this number; -1: all. */
export function jsonParts(predictions: Predictions, after: number): TextParts {
  const { resultsId, modelUid, state, runs, skeleton } = predictions;
  const head = JSON.stringify({
    results_id: resultsId,
    model_uid: modelUid,
    state,
    frames_stored: runs.reduce((sum, run) => sum + run.frames, 0),
  });
  const frames: FrameTexts = { of: { behind: after }, separator: ',', write: frameWriter(skeleton.keypoints, '') };
  return [`${head.slice(0, -1)},"frames":[`, frames, ']}\n'];
}

/** @param after as in `jsonParts`. */
export function ndjsonParts({ skeleton }: Predictions, after: number): TextParts {
  return [{ of: { behind: after }, separator: '', write: frameWriter(skeleton.keypoints, '\n') }];
}

function frameWriter(keypoints: readonly string[], end: string): FrameTexts['write'] {
  const names = keypoints.map((name, k) => utf8(`${k > 0 ? '],' : ''}${JSON.stringify(name)}:[`));
  const tail = utf8(`]}}${end}`);
  return (out, chunk, index) => {
    out.bytes(FRAME);
    out.integer(chunk.frames[index]!);
    out.bytes(TIME);
    out.text(String(secondsOf(chunk.time(index))));
    out.bytes(SCORE);
    numberOrNull(out, chunk.isFound(index) ? chunk.instanceScore(index) : Number.NaN);
    out.bytes(KEYPOINTS);
    let at = index * names.length * NUMBERS_PER_POINT;
    for (let k = 0; k < names.length; k++, at += NUMBERS_PER_POINT) {
      out.bytes(names[k]!);
      numberOrNull(out, chunk.points[at]!);
      out.char(COMMA);
      numberOrNull(out, chunk.points[at + 1]!);
      out.char(COMMA);
      numberOrNull(out, chunk.points[at + 2]!);
    }
    out.bytes(tail);
  };
}

function secondsOf(time: number | null): number | null {
  return time === null || !Number.isFinite(time) ? null : Math.round(time * TICKS_PER_SECOND) / TICKS_PER_SECOND;
}

function numberOrNull(out: TextBytes, value: number): void {
  if (Number.isFinite(value)) out.number(value);
  else out.bytes(NULL);
}
