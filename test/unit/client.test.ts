import { PassThrough } from 'node:stream';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Api } from '../../client/api.ts';
import { keypointsCsv } from '../../client/keypoints-csv.ts';
import { duration, ProgressLine } from '../../client/progress.ts';
import { inferenceConfig, overlayConfig } from '../../client/settings.ts';
import { describeWork } from '../../client/watch.ts';

type Points = Record<string, [number | null, number | null]>;

describe('keypoints as CSV', () => {
  it('has one row a frame, in the order of their numbers and not of their texts', () => {
    const frames = Object.fromEntries([10, 2, 0, 100].map(frame => [frame, { nose: [frame, 0.5] } as Points]));
    expect(keypointsCsv(frames)).toBe('frame_idx,nose.x,nose.y\n0,0,0.5\n2,2,0.5\n10,10,0.5\n100,100,0.5\n');
  });

  it('keeps the order of the keypoints and leaves the cells of a missing one empty', () => {
    const frames = {
      '0': { tail: [1.25, -2], nose: [null, null] } as Points,
      '1': { tail: [null, null], nose: [0, 3] } as Points,
    };
    expect(keypointsCsv(frames)).toBe('frame_idx,tail.x,tail.y,nose.x,nose.y\n0,1.25,-2,,\n1,,,0,3\n');
  });

  it('quotes names that hold commas, quotes or line breaks', () => {
    const frames = { '0': { 'ear, "left"': [1, 2] } as Points };
    expect(keypointsCsv(frames)).toBe('frame_idx,"ear, ""left"".x","ear, ""left"".y"\n0,1,2\n');
  });

  it('is a bare header where there is no frame', () => {
    expect(keypointsCsv({})).toBe('frame_idx\n');
  });

  it('is read back by a CSV parser whatever the keypoints are called', () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1, unit: 'grapheme' }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        names,
        fc.array(fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })), { maxLength: 4 }),
        (keypoints, values) => {
          const frames = Object.fromEntries(
            values.map((value, frame) => [
              frame,
              Object.fromEntries(keypoints.map(name => [name, [value, value] as [number | null, number | null]])),
            ]),
          );
          const [header, ...rows] = parse(keypointsCsv(frames)) as string[][];
          // Names that look like whole numbers come first in any JavaScript object.
          const order = values.length > 0 ? Object.keys(frames['0']!) : [];
          expect(header).toEqual(['frame_idx', ...order.flatMap(name => [`${name}.x`, `${name}.y`])]);
          rows.forEach((row, frame) => {
            const value = values[frame];
            const cell = value === null ? '' : `${value}`;
            expect(row).toEqual([`${frame}`, ...order.flatMap(() => [cell, cell])]);
          });
          expect(rows).toHaveLength(values.length);
        },
      ),
    );
  });
});

describe('a duration', () => {
  it.each([
    [0, '0 s'],
    [0.4, '0 s'],
    [59.4, '59 s'],
    [59.5, '1 min 00 s'],
    [125, '2 min 05 s'],
    [3599.4, '59 min 59 s'],
    [3599.5, '1 h 00 min'],
    [3725, '1 h 02 min'],
    [100 * 3600 + 59 * 60, '100 h 59 min'],
    [-3, '0 s'],
  ])('of %d seconds reads %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});

/** A stream that is no terminal, unless `columns` says how wide it is. */
function output(columns?: number) {
  const stream = new PassThrough();
  const asTerminal = columns === undefined ? {} : { isTTY: true, columns };
  const text = () => (stream.read() ?? '').toString();
  return { stream: Object.assign(stream, asTerminal) as unknown as NodeJS.WriteStream, text };
}

describe('a progress line', () => {
  it('writes a line to a file only when the milestone changes', () => {
    const { stream, text } = output();
    const line = new ProgressLine(stream);
    line.show(0, 'epoch 0', 'a');
    line.show(0.1, 'epoch 0, further', 'a');
    line.show(0.5, 'epoch 1', 'b');
    line.show(0.6, 'epoch 1, further', 'b');
    line.show(0.7, 'back', 'a');
    line.end();
    expect(text()).toBe(
      `[${'░'.repeat(24)}]   0% epoch 0\n[${'█'.repeat(12)}${'░'.repeat(12)}]  50% epoch 1\n[${'█'.repeat(17)}${'░'.repeat(7)}]  70% back\n`,
    );
  });

  it('shows two dashes while the share is not known', () => {
    const { stream, text } = output();
    new ProgressLine(stream).show(null, 'queued', 'queued');
    expect(text()).toBe(`[${'░'.repeat(24)}]  --% queued\n`);
  });

  it('rewrites one line on a terminal, leaving nothing of a longer one, cut to its width', () => {
    const { stream, text } = output(40);
    const line = new ProgressLine(stream);
    line.show(0, 'long text', 'a');
    line.show(1, 'end', 'a');
    line.show(1, 'a text far too long for the width', 'a');
    line.end();
    line.end();
    const [before, first, second, third] = text().split('\r');
    expect(before).toBe('');
    expect(first).toBe(`[${'░'.repeat(24)}]   0% long tex`.slice(0, 39));
    expect(second).toBe(`[${'█'.repeat(24)}] 100% end`.padEnd(39).slice(0, first!.length));
    expect(third).toBe(`${`[${'█'.repeat(24)}] 100% a text far`.slice(0, 39)}\n`);
  });

  it('ends without a word where nothing was shown', () => {
    const { stream, text } = output(80);
    new ProgressLine(stream).end();
    expect(text()).toBe('');
  });
});

describe('options of the command line', () => {
  it('become the settings of the API, and what is not given is left out', () => {
    expect(inferenceConfig({})).toEqual({});
    const given = { threshold: '0.3', refinement: 'none', frames: '0-99', every: '10', batch: '8', precision: 'fp32' };
    expect(inferenceConfig({ ...given, trail: '5' })).toEqual({
      ...{ peak_threshold: 0.3, refinement: null, frames: '0-99', frame_step: 10, batch_size: 8, precision: 'fp32' },
    });
    expect(overlayConfig({ trail: '20', every: '3' })).toEqual({ trail_length: 20 });
  });

  it('that should be numbers and are none are named', () => {
    for (const every of ['ten', ''])
      expect(() => inferenceConfig({ every })).toThrow(`--every takes a number, not "${every}".`);
  });
});

describe('the work on a video', () => {
  const error = null;
  const progress = { done: 120, total: 900, unit: 'frames', per_second: 41.32, seconds_left: 18.9 } as const;
  it.each([
    [{ state: 'queued', phase: 'waiting for a worker', progress: null, error }, 'queued'],
    [
      { state: 'active', phase: 'predicting', progress, error },
      'predicting · 120 of 900 frames · 41.3 frames/s · 19 s left',
    ],
    [
      { state: 'active', phase: 'predicting', progress: { done: 3, total: null, unit: 'frames' }, error },
      'predicting · 3 of ? frames',
    ],
    [{ state: 'active', phase: 'compiling', progress: { done: 3, total: 9, unit: 'pipelines' }, error }, 'compiling'],
    [{ state: 'succeeded', phase: 'done', progress, error }, 'succeeded · 120 of 900 frames · 41.3 frames/s'],
    [
      { state: 'active', phase: 'drawing the overlay', progress: { ...progress, per_second: 1234.5 }, error },
      'drawing the overlay · 120 of 900 frames · 1235 frames/s · 19 s left',
    ],
  ] as const)('%j reads %s', (work, text) => {
    expect(describeWork(work)).toBe(text);
  });
});

it('names the file that it cannot read', async () => {
  const api = new Api('http://127.0.0.1:1', undefined);
  await expect(api.importModel('absent.zip')).rejects.toThrow('absent.zip cannot be read.');
});
