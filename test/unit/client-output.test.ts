import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { describeReport } from '../../client/cli/dataset-report.ts';
import { openFile, predictionsName } from '../../client/cli/files.ts';
import { duration, ProgressLine } from '../../client/cli/progress.ts';
import { datasetOptions, inferenceConfig, overlayConfig } from '../../client/cli/settings.ts';
import { describeWork } from '../../client/cli/watch.ts';

describe('the file that predictions are saved as', () => {
  it.each([
    ['mouse.csv', 'predictions.csv'],
    ['mouse.dlc.csv', 'predictions.dlc.csv'],
    ['out/MOUSE.SLP', 'predictions.slp'],
    ['mouse.analysis.h5', 'predictions.analysis.h5'],
    ['mouse.coco.json', 'predictions.coco.json'],
    ['mouse.json', 'predictions.json'],
    ['mouse.ndjson', 'predictions.ndjson'],
  ])('%s is %s', (out, file) => {
    expect(predictionsName(out)).toBe(file);
  });

  it('with an ending of none of them is refused before anything is waited for', () => {
    expect(() => predictionsName('mouse.xlsx')).toThrow(/mouse\.xlsx: no file of that kind is made/);
  });
});

it('a report of a check reads as a table with its warnings below', () => {
  const text = describeReport({
    ...{ format: 'coco', label_files: ['a.json'], frames: 9, labelled_frames: 7, channels: 1 },
    sizes: [{ width_px: 20, height_px: 10, frames: 7 }],
    keypoints: [
      { name: 'nose', visible: 7 },
      { name: 'left ear', visible: 5 },
    ],
    ...{ edges: [['nose', 'left ear']], symmetries: null, videos: [{ name: 'v', labelled_frames: 7 }] },
    ...{ duplicates: [], duplicate_frames: 0, outside: { points: 2, examples: [] } },
    ...{ warnings: ['Two labels lie outside.'], samples: [] },
  });
  expect(text.split('\n')).toEqual([
    'format      coco (a.json)',
    'frames      7 labelled of 9, 1 video or folder',
    'images      20 × 10 (7), gray',
    'edges       nose–left ear',
    'symmetries  not given',
    'duplicates  0',
    'outside     2',
    'keypoints   visible in',
    '  nose      7 of 7',
    '  left ear  5 of 7',
    'warning: Two labels lie outside.',
  ]);
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
    expect(datasetOptions({ format: 'coco', password: '123' })).toEqual({
      ...{ dataset_format: 'coco', dataset_password: '123' },
    });
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
  await expect(openFile('absent.zip')).rejects.toThrow('absent.zip cannot be read.');
});
