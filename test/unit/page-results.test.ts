/** What the forms of inferences and overlays make of what a person types, and the words for pace and progress. */
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { inferenceConfigSchema, overlayConfigSchema } from '../../src/contract/inference.ts';
import { chooseLanguage } from '../../web/language/language.ts';
import { formatFramesDone, formatPace } from '../../web/results/inference-words.ts';
import { inferenceText, overlayText, readInferenceText, readOverlayText } from '../../web/results/setting-values.ts';

beforeEach(() => chooseLanguage('en'));
afterAll(() => chooseLanguage('en'));

describe('settings of an inference', () => {
  it('left as they are are those of the service', () => {
    const { config, faults } = readInferenceText(inferenceText());
    expect(faults).toEqual([]);
    expect(inferenceConfigSchema.parse(config)).toEqual(inferenceConfigSchema.parse({}));
  });

  it('come back as they were in force', () => {
    const given = { peak_threshold: 0.35, refinement: null, frames: '0-99,150', frame_step: 5, batch_size: 8 } as const;
    const inForce = inferenceConfigSchema.parse({ ...given, precision: 'fp32' });
    expect(inferenceConfigSchema.parse(readInferenceText(inferenceText(inForce)).config)).toEqual(inForce);
  });

  it('take a comma for a decimal point and nothing for the default', () => {
    const { config, faults } = readInferenceText({ ...inferenceText(), peak_threshold: ' 0,4 ', frame_step: '' });
    expect(faults).toEqual([]);
    expect(inferenceConfigSchema.parse(config)).toMatchObject({ peak_threshold: 0.4, frame_step: 1 });
  });

  it('name each field that the service would refuse', () => {
    const text = { ...inferenceText(), peak_threshold: '2', frames: '9-1', frame_step: '1.5', batch_size: 'many' };
    expect(readInferenceText(text).faults).toEqual(['peak_threshold', 'batch_size', 'frames', 'frame_step']);
  });
});

describe('settings of an overlay', () => {
  it('left as they are are those of the service', () => {
    const { config, faults } = readOverlayText(overlayText());
    expect(faults).toEqual([]);
    expect(overlayConfigSchema.parse(config)).toEqual(overlayConfigSchema.parse({}));
  });

  it('name each field that the service would refuse', () => {
    const { faults } = readOverlayText({ radius_px: '0', trail_length: '1001', peak_threshold: '-1' });
    expect(faults.toSorted()).toEqual(['peak_threshold', 'radius_px', 'trail_length']);
  });
});

describe('how far an inference is', () => {
  const progress = { done: 120, total: 300, unit: 'frames' } as const;

  it('is told with its speed and the time left, where these are known', () => {
    expect(formatPace({ ...progress, per_second: 41.26, seconds_left: 123 })).toBe('41.3 frames/s, 2 min 3 s left');
    expect(formatPace(progress)).toBe('');
    expect(formatPace({ done: 1, total: 2, unit: 'bytes', per_second: 5, seconds_left: 9 })).toBe('9 s left');
    chooseLanguage('ru');
    expect(formatPace({ ...progress, per_second: 8, seconds_left: 60 })).toBe('8.00 кадр/с, осталось 1 мин');
  });

  it('counts the frames of the whole video only where all of them were asked for', () => {
    const video = { frames: 1200 } as Parameters<typeof formatFramesDone>[0]['video'];
    const config = inferenceConfigSchema.parse({});
    const of = (stored: number, more = {}) =>
      formatFramesDone({ frames_stored: stored, video, inference_config: { ...config, ...more } });
    expect(of(1)).toBe('1 of 1,200 frames');
    expect(of(1200)).toBe('1,200 frames');
    expect(of(100, { frame_step: 10 })).toBe('100 frames');
    expect(formatFramesDone({ frames_stored: 1, video: null, inference_config: config })).toBe('1 frame');
    chooseLanguage('ru');
    expect(of(1)).toBe('1 из 1\u00a0200 кадров');
  });
});
