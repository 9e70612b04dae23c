/** What an overlay puts into a frame, pixel by pixel: strokes, colours, and which points are drawn where. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Canvas, type Colour, type Point } from '../../gpu-worker/overlay/canvas.ts';
import { PoseDrawing } from '../../gpu-worker/overlay/draw.ts';
import { palette, yuvOf } from '../../gpu-worker/overlay/palette.ts';
import { overlayConfigSchema } from '../../src/contract/inference.ts';

const WIDTH_PX = 20;
const HEIGHT_PX = 16;
const PIXELS = WIDTH_PX * HEIGHT_PX;
/** All planes are 0: a colour of 200 shows half a coverage as 100. */
const black = () => new Uint8Array(PIXELS * 1.5);
const COLOUR: Colour = [200, 100, 40];

const lumaAt = (data: Uint8Array, x: number, y: number) => data[y * WIDTH_PX + x]!;
/** U and V of the square with this pixel. */
const chromaAt = (data: Uint8Array, x: number, y: number) => {
  const sample = (y >> 1) * (WIDTH_PX / 2) + (x >> 1);
  return [data[PIXELS + sample], data[PIXELS * 1.25 + sample]];
};
const colourAt = (data: Uint8Array, x: number, y: number) => [lumaAt(data, x, y), ...chromaAt(data, x, y)];

function painted(mark: (canvas: Canvas) => void, data = black()): Uint8Array {
  const canvas = new Canvas(WIDTH_PX, HEIGHT_PX);
  mark(canvas);
  canvas.paint(data, COLOUR);
  return data;
}

describe('a disc', () => {
  it('has its colour inside, half of it on its outline, nothing beyond, and is the same in all directions', () => {
    const data = painted(canvas => canvas.disc([8, 7], 3));
    const steps = [0, 1, 2, 3, 4];
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ] as const) {
      expect(steps.map(n => lumaAt(data, 8 + n * dx, 7 + n * dy))).toEqual([200, 200, 200, 100, 0]);
    }
    // (2, 2) lies 2.83 from the centre: 0.5 + 3 - 2.83 of it is covered.
    for (const [x, y] of [
      [10, 9],
      [6, 9],
      [10, 5],
      [6, 5],
    ] as const)
      expect(lumaAt(data, x, y)).toBe(Math.round(200 * (3.5 - Math.sqrt(8))));
  });

  it('whose centre lies between two pixels covers both sides alike', () => {
    const data = painted(canvas => canvas.disc([8.5, 7], 2));
    const row = Array.from({ length: WIDTH_PX }, (_, x) => lumaAt(data, x, 7));
    expect(row.slice(5, 13)).toEqual([0, 0, 200, 200, 200, 200, 0, 0]);
    const above = Array.from({ length: 6 }, (_, n) => [lumaAt(data, 8 - n, 5), lumaAt(data, 9 + n, 5)]);
    for (const [left, right] of above) expect(left).toBe(right);
    expect(above[0]![0]).toBe(Math.round(200 * (2.5 - Math.hypot(0.5, 2))));
  });

  it('gives a chroma sample the mean of its four pixels', () => {
    const data = painted(canvas => canvas.disc([8, 8], 0.5));
    // Of the square from (8, 8) to (9, 9) only the first pixel is covered: its neighbours are 1 away.
    expect(lumaAt(data, 8, 8)).toBe(200);
    expect(chromaAt(data, 8, 8)).toEqual([25, 10]);
    const filled = painted(canvas => canvas.disc([8.5, 8.5], 3));
    expect(chromaAt(filled, 8, 8)).toEqual([100, 40]);
  });

  it('is clipped at a corner and does not come back on the other side', () => {
    const data = painted(canvas => canvas.disc([0, 0], 2));
    expect([lumaAt(data, 0, 0), lumaAt(data, 1, 0), lumaAt(data, 2, 0), lumaAt(data, 3, 0)]).toEqual([
      200, 200, 100, 0,
    ]);
    for (let y = 0; y < HEIGHT_PX; y++) expect(lumaAt(data, WIDTH_PX - 1, y)).toBe(0);
    for (let x = 0; x < WIDTH_PX; x++) expect(lumaAt(data, x, HEIGHT_PX - 1)).toBe(0);
    const last = painted(canvas => canvas.disc([WIDTH_PX - 1, HEIGHT_PX - 1], 2));
    expect(lumaAt(last, WIDTH_PX - 1, HEIGHT_PX - 1)).toBe(200);
    expect(lumaAt(last, 0, 0)).toBe(0);
  });

  it.each<Point>([
    [-5, 4],
    [25, 4],
    [8, -5],
    [8, 1e9],
  ])('at %d, %d, outside the frame, changes nothing', (x, y) => {
    expect(painted(canvas => canvas.disc([x, y], 3))).toEqual(black());
  });
});

describe('a line', () => {
  it('is as thick as it is told, and has round ends', () => {
    const data = painted(canvas => canvas.line([4, 7], [10, 7], 3));
    const column = Array.from({ length: 7 }, (_, n) => lumaAt(data, 7, 4 + n));
    expect(column).toEqual([0, 0, 200, 200, 200, 0, 0]);
    // Over its end by half its thickness; the corner is 1.41 from the end.
    expect([lumaAt(data, 11, 7), lumaAt(data, 12, 7)]).toEqual([200, 0]);
    expect(lumaAt(data, 11, 8)).toBe(Math.round(200 * (2 - Math.SQRT2)));
  });

  it('covers each pixel by its distance, wherever it runs', () => {
    const coordinate = fc.double({ min: -12, max: 30, noNaN: true });
    const point = fc.tuple(coordinate, coordinate);
    fc.assert(
      fc.property(point, point, fc.double({ min: 0.5, max: 9, noNaN: true }), (from, to, thicknessPx) => {
        const data = painted(canvas => canvas.line(from, to, thicknessPx));
        for (let i = 0; i < PIXELS; i++) {
          const distance = distanceToLine([i % WIDTH_PX, Math.floor(i / WIDTH_PX)], from, to);
          const expected = 200 * Math.min(1, Math.max(0, thicknessPx / 2 + 0.5 - distance));
          expect(Math.abs(data[i]! - expected)).toBeLessThanOrEqual(0.51);
        }
      }),
    );
  });

  it('that is translucent shows no joint where its parts meet', () => {
    const data = painted(canvas => {
      canvas.line([3, 7], [8, 7], 1, 0.5);
      canvas.line([8, 7], [13, 7], 1, 0.5);
    });
    expect([5, 8, 11].map(x => lumaAt(data, x, 7))).toEqual([100, 100, 100]);
  });

  it('mixes with what is there, and is forgotten once it is painted', () => {
    const canvas = new Canvas(WIDTH_PX, HEIGHT_PX);
    const data = black().fill(80);
    canvas.line([3, 7], [8, 7], 1, 0.25);
    canvas.paint(data, COLOUR);
    expect(lumaAt(data, 5, 7)).toBe(110);
    const before = data.slice();
    canvas.paint(data, COLOUR);
    expect(data).toEqual(before);
  });
});

function distanceToLine([x, y]: Point, [x0, y0]: Point, [x1, y1]: Point): number {
  const squared = (x1 - x0) ** 2 + (y1 - y0) ** 2;
  const t = squared === 0 ? 0 : Math.min(1, Math.max(0, ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / squared));
  return Math.hypot(x - x0 - t * (x1 - x0), y - y0 - t * (y1 - y0));
}

describe('colours', () => {
  it('are BT.601 in limited range', () => {
    expect(yuvOf([0, 0, 0])).toEqual([16, 128, 128]);
    expect(yuvOf([255, 255, 255])).toEqual([235, 128, 128]);
    expect(yuvOf([255, 0, 0])).toEqual([81, 90, 240]);
    expect(yuvOf([0, 255, 0])).toEqual([145, 54, 34]);
    expect(yuvOf([0, 0, 255])).toEqual([41, 240, 110]);
  });

  it('of twenty keypoints differ from each other and from gray', () => {
    const colours = palette(20);
    for (const [i, [y, u, v]] of colours.entries()) {
      expect(Math.hypot(u - 128, v - 128)).toBeGreaterThan(25);
      for (const [y2, u2, v2] of colours.slice(i + 1)) expect(Math.hypot(y - y2, u - u2, v - v2)).toBeGreaterThan(25);
    }
  });

  it('are enough for any number of keypoints, and the first ones are always the same', () => {
    expect(palette(300)).toHaveLength(300);
    expect(palette(300).slice(0, 5)).toEqual(palette(5));
    expect(palette(1)).toHaveLength(1);
  });
});

describe('a frame', () => {
  const SKELETON = { keypoints: ['nose', 'tail'], edges: [[0, 1] as [number, number]] };
  const [NOSE, TAIL] = palette(2) as [Colour, Colour];
  const GRAY = 60;
  const gray = () => black().fill(GRAY);
  const nowhere = [Number.NaN, Number.NaN, 0];

  const drawing = (config: object = {}, skeleton = SKELETON) =>
    new PoseDrawing(
      { widthPx: WIDTH_PX, heightPx: HEIGHT_PX },
      skeleton,
      overlayConfigSchema.parse({ radius_px: 2, ...config }),
    );
  const found = (...numbers: number[]) => ({ points: Float32Array.from(numbers), step: 1 });

  it('shows both keypoints in their colours and the edge between them in that of the second', () => {
    const data = gray();
    drawing().draw(data, 0, found(4, 8, 0.9, 16, 8, 0.9));
    expect(colourAt(data, 4, 8)).toEqual([...NOSE]);
    expect(colourAt(data, 16, 8)).toEqual([...TAIL]);
    const edge = lumaAt(data, 10, 8);
    expect(edge).toBe(Math.round(GRAY + (TAIL[0] - GRAY) * 0.8));
    expect(lumaAt(data, 10, 3)).toBe(GRAY);
  });

  it('has a dark rim around each keypoint', () => {
    const data = gray();
    drawing().draw(data, 0, found(8, 8, 0.9, ...nowhere));
    expect(lumaAt(data, 8, 8)).toBe(NOSE[0]);
    // 2.83 from the centre: outside of the disc, within the rim.
    expect(lumaAt(data, 10, 10)).toBeLessThan(GRAY);
    expect(lumaAt(data, 12, 8)).toBe(GRAY);
  });

  it('leaves out a keypoint that was not found, and its edges', () => {
    const data = gray();
    drawing().draw(data, 0, found(4, 8, 0.9, ...nowhere));
    expect(colourAt(data, 4, 8)).toEqual([...NOSE]);
    expect(lumaAt(data, 10, 8)).toBe(GRAY);
    const none = gray();
    drawing().draw(none, 0, found(...nowhere, ...nowhere));
    expect(none).toEqual(gray());
  });

  it('leaves out a score below peak_threshold, and draws every one that was found without it', () => {
    const weak = found(4, 8, 0.05, 16, 8, 0.5);
    const [all, strong] = [gray(), gray()];
    drawing().draw(all, 0, weak);
    drawing({ peak_threshold: 0.5 }).draw(strong, 0, weak);
    expect(colourAt(all, 4, 8)).toEqual([...NOSE]);
    expect(colourAt(strong, 4, 8)).toEqual([GRAY, GRAY, GRAY]);
    expect(colourAt(strong, 16, 8)).toEqual([...TAIL]);
  });

  it('that was not predicted stays as it is', () => {
    const data = gray();
    const drawn = drawing();
    drawn.draw(gray(), 0, found(4, 8, 0.9, 16, 8, 0.9));
    drawn.draw(data, 1, null);
    expect(data).toEqual(gray());
  });

  it('by itself chooses a radius of a hundredth of the shorter side, but at least 2', () => {
    const wide = { widthPx: 700, heightPx: 600 };
    const data = new Uint8Array(700 * 600 * 1.5);
    const large = new PoseDrawing(wide, SKELETON, overlayConfigSchema.parse({}));
    large.draw(data, 0, found(300, 300, 1, ...nowhere));
    // Over the rim of black only the disc itself is bright: 6 pixels and half of the last.
    const row = [4, 5, 6, 7].map(n => data[300 * 700 + 300 + n]! / NOSE[0]);
    expect(row[0]).toBe(1);
    expect(row[1]).toBe(1);
    expect(row[2]).toBeGreaterThan(0.5);
    expect(row[3]).toBeLessThan(0.2);
    const small = gray();
    drawing({ radius_px: null }).draw(small, 0, found(8, 8, 1, ...nowhere));
    expect([lumaAt(small, 9, 8), lumaAt(small, 11, 8)]).toEqual([NOSE[0], expect.toSatisfy(y => y < GRAY)]);
  });
});

describe('a trail', () => {
  const SKELETON = { keypoints: ['nose'], edges: [] };
  const drawing = (trail_length: number) =>
    new PoseDrawing(
      { widthPx: WIDTH_PX, heightPx: HEIGHT_PX },
      SKELETON,
      overlayConfigSchema.parse({ radius_px: 1, trail_length }),
    );
  const at = (x: number, step = 1) => ({ points: Float32Array.of(x, 8, 1), step });
  /** Draws frames; @returns the luma of the last one's row 8. */
  function lastRow(trail: PoseDrawing, frames: Record<number, ReturnType<typeof at> | null>): number[] {
    let data = black();
    for (const [index, found] of Object.entries(frames)) {
      data = black();
      trail.draw(data, Number(index), found);
    }
    return Array.from({ length: WIDTH_PX }, (_, x) => lumaAt(data, x, 8));
  }

  it('leads through the frames before and fades with their age', () => {
    const row = lastRow(drawing(3), { 0: at(1), 1: at(5), 2: at(9), 3: at(17) });
    expect(row[3]).toBeGreaterThan(0);
    expect(row[7]).toBeGreaterThan(row[3]!);
    expect(row[13]).toBeGreaterThan(row[7]!);
  });

  it('is no longer than it may be', () => {
    const row = lastRow(drawing(2), { 0: at(1), 1: at(5), 2: at(9), 3: at(17) });
    expect(row[3]).toBe(0);
    expect(row[7]).toBeGreaterThan(0);
    expect(lastRow(drawing(0), { 0: at(1), 1: at(9) })[5]).toBe(0);
  });

  it('joins frames that follow each other in steps, but no two with a gap between them', () => {
    expect(lastRow(drawing(20), { 0: at(3, 5), 5: at(13, 5) })[8]).toBeGreaterThan(0);
    expect(lastRow(drawing(20), { 0: at(3), 5: at(13) })[8]).toBe(0);
  });

  it('breaks where the keypoint was not found', () => {
    const row = lastRow(drawing(9), { 0: at(1), 1: at(4), 2: at(Number.NaN), 3: at(12), 4: at(16) });
    expect(row[2]).toBeGreaterThan(0);
    expect(row[8]).toBe(0);
    expect(row[14]).toBeGreaterThan(0);
  });

  it('goes on fading in frames that were not predicted', () => {
    const frames = { 0: at(3), 1: at(13) };
    const [soon, later] = [3, 5].map(index => lastRow(drawing(6), { ...frames, [index]: null })[8]!) as [
      number,
      number,
    ];
    expect(soon).toBeGreaterThan(later);
    expect(later).toBeGreaterThan(0);
    expect(lastRow(drawing(6), { ...frames, 7: null })[8]).toBe(0);
  });
});
