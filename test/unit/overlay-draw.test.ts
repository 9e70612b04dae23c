/** What an overlay puts into a frame, pixel by pixel: colours, and which points are drawn where. */
import { describe, expect, it } from 'vitest';
import type { Colour } from '../../gpu-worker/overlay/canvas.ts';
import { PoseDrawing } from '../../gpu-worker/overlay/draw.ts';
import { palette, yuvOf } from '../../gpu-worker/overlay/palette.ts';
import { overlayConfigSchema } from '../../src/contract/inference.ts';
import { black, colourAt, HEIGHT_PX, lumaAt, WIDTH_PX } from '../support/yuv-planes.ts';

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
