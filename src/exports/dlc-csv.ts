/**
 * predictions.dlc.csv: the table that DeepLabCut's analysis of a video leaves, for scripts that read those: three header rows (scorer, bodyparts,
 * coords), the frame number as the index, and a row for each stored frame. `pandas.read_csv(file, header=[0, 1, 2], index_col=0)` reads it.
 *
 * x and y are empty where no keypoint was found. The likelihood is the peak's score; it is never empty but 0 where the network gave no number:
 * pandas takes a first row with nothing but an index for the name of the index, and the frame would be lost.
 */
import { NUMBERS_PER_POINT } from '../contract/pose.ts';
import { csvCell } from './csv-cell.ts';
import type { Predictions } from './predictions.ts';
import type { FrameTexts, TextParts } from './text-file.ts';

const COORDS = ['x', 'y', 'likelihood'];
/** Of the model's uid, in the scorer's name: enough to tell models apart. */
const UID_CHARS = 8;
const COMMA = 0x2c;
const NEWLINE = 0x0a;

export function dlcCsvParts({ skeleton, modelUid }: Predictions): TextParts {
  const { keypoints } = skeleton;
  const scorer = `SLEAP_${modelUid.slice(0, UID_CHARS)}`;
  const rows = [
    ['scorer', ...keypoints.flatMap(() => COORDS.map(() => scorer))],
    ['bodyparts', ...keypoints.flatMap(name => COORDS.map(() => name))],
    ['coords', ...keypoints.flatMap(() => COORDS)],
  ];
  const header = rows.map(row => `${row.map(csvCell).join(',')}\n`).join('');
  return [header, { of: 'all', separator: '', write: rowWriter(keypoints.length) }];
}

function rowWriter(keypoints: number): FrameTexts['write'] {
  const numbers = keypoints * NUMBERS_PER_POINT;
  return (out, { frames, points }, index) => {
    out.integer(frames[index]!);
    for (let at = index * numbers, end = at + numbers; at < end; at += NUMBERS_PER_POINT) {
      out.char(COMMA);
      out.number(points[at]!);
      out.char(COMMA);
      out.number(points[at + 1]!);
      out.char(COMMA);
      const score = points[at + 2]!;
      out.number(Number.isFinite(score) ? score : 0);
    }
    out.char(NEWLINE);
  };
}
