/** What the view of sample predictions counts and places, without a browser. */
import { describe, expect, it } from 'vitest';
import { epochIn, placeOfEpoch } from '../../web/samples/epoch-place.ts';
import { curvePath, curvePlaces, distancePx, errorCurve, frameError } from '../../web/samples/sample-errors.ts';

const truth: ([number, number] | null)[] = [[0, 0], [10, 10], null, [5, 5]];
const points: ([number, number, number] | null)[] = [[3, 4, 0.9], null, [1, 1, 0.5], [5, 6, 0.8]];

describe('the error of a frame', () => {
  it('is the mean distance over what is labelled and found; what is labelled only is missed', () => {
    expect(frameError(truth, points)).toEqual({ meanPx: 3, missed: 1 });
    expect(distancePx(truth[0]!, points[0]!)).toBe(5);
    expect([distancePx(null, points[2]!), distancePx(truth[1]!, undefined)]).toEqual([null, null]);
  });

  it('leaves out hidden keypoints, and is not known where nothing was found', () => {
    expect(frameError(truth, points, new Set([0, 1]))).toEqual({ meanPx: 1, missed: 0 });
    expect(frameError(truth, [])).toEqual({ meanPx: null, missed: 3 });
  });

  it('has a value for each epoch', () => {
    const frame = { truth } as Parameters<typeof errorCurve>[0]['frames'][number];
    const epochs = [
      { epoch: 0, points: [[null, null, null, null]] },
      { epoch: 7, points: [points] },
    ];
    expect(errorCurve({ frames: [frame], epochs }, 0)).toEqual([null, 3]);
  });
});

describe('its curve', () => {
  it('goes down by the logarithm, and parts where nothing is known', () => {
    expect(curvePlaces([100, 10, 1], 200, 40)).toEqual([
      [0, 0],
      [100, 20],
      [200, 40],
    ]);
    expect(curvePath([100, null, 10, 1], 300, 40)).toBe('M0.0 0.0M200.0 20.0L300.0 40.0');
  });

  it('lies in the middle where all errors are the same, one or none', () => {
    expect(curvePlaces([2], 200, 40)).toEqual([[100, 20]]);
    expect(curvePlaces([2, 2], 200, 40)).toEqual([
      [0, 20],
      [200, 20],
    ]);
    expect(curvePath([null, null], 200, 40)).toBe('');
  });

  it('takes a perfect hit for a hundredth of a pixel', () => {
    expect(curvePlaces([1, 0], 100, 40)[1]).toEqual([100, 40]);
  });
});

describe('the place of an epoch', () => {
  const epochs = [{ epoch: 0 }, { epoch: 50 }, { epoch: 100 }];

  it('is its own, or that of the last before it where not all are there', () => {
    expect([0, 50, 100].map(epoch => placeOfEpoch(epochs, epoch))).toEqual([0, 1, 2]);
    expect([1, 99, 5000].map(epoch => placeOfEpoch(epochs, epoch))).toEqual([0, 1, 2]);
  });

  it('is the last for no epoch, and none where there are none', () => {
    expect(placeOfEpoch(epochs, null)).toBe(2);
    expect([placeOfEpoch([], null), placeOfEpoch([], 3)]).toEqual([-1, -1]);
  });

  it('is told by an address, if it is a whole number', () => {
    expect(['12', '0', '', 'x', '-1', '1.5', null].map(epochIn)).toEqual([12, 0, null, null, null, null, null]);
  });
});
