/**
 * A line over many frames, thinned to what can be seen: where several frames share a column of pixels, the lowest and the highest of them
 * stay, in their order, so that no spike is lost and 100,000 frames are drawn as fast as a thousand.
 */

export interface Window {
  /** The first row, and the one behind the last. */
  from: number;
  to: number;
  /** Frames in a column of pixels. */
  framesPerColumn: number;
  /** Frames further apart than this have others between them that nobody looked at: the line is broken. */
  longestStep: number;
}

/** The rows of a window by columns of pixels: the same for every line in it. */
export interface PixelColumns {
  /** First row of each column, and the row behind the last. */
  starts: Int32Array;
  /** 1 where the frames before a column are too far away for a line. */
  isFar: Uint8Array;
}

export interface ThinnedLine {
  /** From left to right, two a column of pixels at most. */
  rows: Int32Array;
  /** 1 where the line is broken before that row. */
  isStart: Uint8Array;
}

/** @param frame the number of the frame in a row; ascending. */
export function pixelColumns(frame: (row: number) => number, window: Window): PixelColumns {
  const { from, to, framesPerColumn, longestStep } = window;
  const perColumn = Math.max(1, framesPerColumn);
  const farFrames = Math.max(longestStep, perColumn);
  const starts: number[] = [];
  const isFar: number[] = [];
  let column = Number.NaN;
  for (let row = from; row < to; row++) {
    const its = Math.floor(frame(row) / perColumn);
    if (its === column) continue;
    column = its;
    starts.push(row);
    isFar.push(row > from && frame(row) - frame(row - 1) <= farFrames ? 0 : 1);
  }
  starts.push(to);
  return { starts: Int32Array.from(starts), isFar: Uint8Array.from(isFar) };
}

/** @param value of the line in a row; NaN: nothing there, a gap in the line, unless others share its column. */
export function thinnedLine(value: (row: number) => number, { starts, isFar }: PixelColumns): ThinnedLine {
  const rows = new Int32Array(2 * isFar.length);
  const isStart = new Uint8Array(2 * isFar.length);
  let count = 0;
  let isBroken = true;
  for (let column = 0; column < isFar.length; column++) {
    if (isFar[column] === 1) isBroken = true;
    let [lowest, highest, least, most] = [-1, -1, 0, 0];
    for (let row = starts[column]!; row < starts[column + 1]!; row++) {
      const its = value(row);
      if (Number.isNaN(its)) continue;
      if (lowest < 0 || its < least) [lowest, least] = [row, its];
      if (highest < 0 || its > most) [highest, most] = [row, its];
    }
    if (lowest < 0) {
      isBroken = true;
      continue;
    }
    isStart[count] = isBroken ? 1 : 0;
    isBroken = false;
    rows[count++] = Math.min(lowest, highest);
    if (lowest !== highest) rows[count++] = Math.max(lowest, highest);
  }
  return { rows: rows.slice(0, count), isStart: isStart.slice(0, count) };
}
