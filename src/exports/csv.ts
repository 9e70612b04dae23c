/**
 * predictions.csv: the columns of SLEAP's analysis CSV: a row for each frame with a detection,
 * keypoints in the order of the skeleton. `track` is empty, since a single animal has none.
 *
 * A keypoint that was not found has an empty x and y in such a row, and its score: how high its confidence map came.
 * Frames that were looked at without finding anything have no row, as in SLEAP; on request they have one of empty cells.
 */
import { NUMBERS_PER_POINT } from '../contract/pose.ts';
import { csvCell } from './csv-cell.ts';
import type { Predictions } from './predictions.ts';
import { utf8 } from './text-bytes.ts';
import type { FrameTexts, TextParts } from './text-file.ts';

const COMMA = 0x2c;
const NEWLINE = 0x0a;

export function csvParts({ skeleton }: Predictions, { emptyFrames }: { emptyFrames: boolean }): TextParts {
  const { keypoints } = skeleton;
  const columns = keypoints.flatMap(name => [`${name}.x`, `${name}.y`, `${name}.score`]);
  const header = ['track', 'frame_idx', 'instance.score', ...columns].map(csvCell).join(',');
  return [`${header}\n`, { of: emptyFrames ? 'all' : 'found', separator: '', write: rowWriter(keypoints.length) }];
}

function rowWriter(keypoints: number): FrameTexts['write'] {
  const numbers = keypoints * NUMBERS_PER_POINT;
  const empty = utf8(','.repeat(1 + numbers));
  return (out, chunk, index) => {
    out.char(COMMA);
    out.integer(chunk.frames[index]!);
    if (chunk.isFound(index)) {
      out.char(COMMA);
      out.number(chunk.instanceScore(index));
      for (let at = index * numbers, end = at + numbers; at < end; at++) {
        out.char(COMMA);
        out.number(chunk.points[at]!);
      }
    } else out.bytes(empty);
    out.char(NEWLINE);
  };
}
