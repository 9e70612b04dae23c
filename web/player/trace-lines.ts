/**
 * A line over many frames, thinned to what can be seen: where several frames share a column of pixels, the lowest and the highest of them
 * stay, in their order, so that no spike is lost and 100,000 frames are drawn as fast as a thousand.
 */

export interface LineSource {
  /** How many rows there are, in the order of their frames. */
  length: number;
  frame(row: number): number;
  /** NaN: nothing there, a gap in the line. */
  value(row: number): number;
  /** The line to and from it is drawn faint. */
  isFaint(row: number): boolean;
}

export interface LinePoint {
  frame: number;
  value: number;
  faint: boolean;
  /** The line is broken before it. */
  starts: boolean;
}

export interface Window {
  /** The first row, and the one behind the last. */
  from: number;
  to: number;
  /** Frames in a column of pixels. */
  framesPerColumn: number;
  /** Frames further apart than this have others between them that nobody looked at: the line is broken. */
  longestStep: number;
}

/** The points of a line from left to right: two a column of pixels at most. */
export function thinnedLine(source: LineSource, { from, to, framesPerColumn, longestStep }: Window): LinePoint[] {
  const points: LinePoint[] = [];
  let starts = true;
  let lastFrame = Number.NEGATIVE_INFINITY;
  const take = (row: number) => {
    points.push({ frame: source.frame(row), value: source.value(row), faint: source.isFaint(row), starts });
    starts = false;
  };
  for (let row = from; row < to; ) {
    const column = columnOf(source.frame(row), framesPerColumn);
    let [lowest, highest] = [-1, -1];
    for (; row < to && columnOf(source.frame(row), framesPerColumn) === column; row++) {
      const value = source.value(row);
      if (Number.isNaN(value)) {
        // Among others in the same column a gap cannot be seen.
        if (lowest < 0) starts = true;
        continue;
      }
      const frame = source.frame(row);
      if (lowest < 0) {
        if (frame - lastFrame > Math.max(longestStep, framesPerColumn)) starts = true;
        [lowest, highest] = [row, row];
      }
      if (value < source.value(lowest)) lowest = row;
      if (value > source.value(highest)) highest = row;
      lastFrame = frame;
    }
    if (lowest < 0) continue;
    take(Math.min(lowest, highest));
    if (lowest !== highest) take(Math.max(lowest, highest));
  }
  return points;
}

function columnOf(frame: number, framesPerColumn: number): number {
  return framesPerColumn > 1 ? Math.floor(frame / framesPerColumn) : frame;
}
