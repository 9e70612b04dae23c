/** The form of a training_config: fields from the contract, strides, presets, faults, and configurations from elsewhere. */
import { describe, expect, test } from 'vitest';
import { BACKBONES } from '../../src/contract/backbones.ts';
import { chooseLanguage } from '../../web/language/language.ts';
import {
  checkConfig,
  fieldValue,
  hasSay,
  type SentConfig,
  stridesOf,
  valueAt,
  withBackbone,
  withField,
  withPossibleStride,
  withValue,
} from '../../web/new-training/config-values.ts';
import { estimate, subjectOf } from '../../web/new-training/estimate.ts';
import { faultText } from '../../web/new-training/fault-words.ts';
import { labelOf, textOf } from '../../web/new-training/field-words.ts';
import { type Field, fieldsOf, GROUPS, NEEDED, neededFields } from '../../web/new-training/fields.ts';
import { ConfigUnreadable, readConfig } from '../../web/new-training/import-config.ts';
import { PRESET_CONFIGS, PRESETS } from '../../web/new-training/presets.ts';

const USUAL: SentConfig = { ...PRESET_CONFIGS.usual };
const allFields = (): Field[] => [
  ...neededFields,
  ...BACKBONES.flatMap(backbone => GROUPS.flatMap(group => fieldsOf(group, backbone))),
];
const field = (name: string): Field => allFields().find(({ path }) => path.at(-1) === name)!;

describe('fields', () => {
  test('every field of the contract has a name and a sentence in both languages', () => {
    for (const language of ['en', 'ru'] as const) {
      chooseLanguage(language);
      const unnamed = allFields().filter(one => labelOf(one) === one.path.at(-1) || textOf(one) === '');
      expect(unnamed.map(({ path }) => path.join('.'))).toEqual([]);
    }
    const english = allFields().filter(one => !/[а-яё]/i.test(`${labelOf(one)} ${textOf(one)}`));
    expect(english).toEqual([]);
    chooseLanguage('en');
  });

  test('a value that is as by default is left out, and so is an object that gets empty', () => {
    const rotate = field('rotate');
    const on = withField({ seed: 1 }, rotate, true);
    expect(on).toEqual({ seed: 1, augmentation_config: { rotate: true } });
    expect(withField(on, rotate, false)).toEqual({ seed: 1 });
    expect(fieldValue({}, field('batch_size'))).toBe(8);
    expect(withField({ encoder_weights: 'imagenet' }, field('encoder_weights'), null)).toEqual({
      encoder_weights: null,
    });
    expect(withField({ num_epochs: 3 }, neededFields[NEEDED.indexOf('num_epochs')]!, '')).toEqual({ num_epochs: '' });
  });

  test('fields of what is switched off have no say', () => {
    const shown = (config: SentConfig, group: 'augmentation_config' | 'early_stopping') =>
      fieldsOf(group, 'unet')
        .filter(one => hasSay(config, one))
        .map(({ path }) => path.at(-1));
    expect(shown({}, 'augmentation_config')).not.toContain('rotation_min_angle');
    expect(shown({ augmentation_config: { rotate: true } }, 'augmentation_config')).toContain('rotation_min_angle');
    expect(shown({}, 'early_stopping')).toContain('plateau_patience');
    const off = { early_stopping: { stop_training_on_plateau: false } };
    expect(shown(off, 'early_stopping')).toEqual(['stop_training_on_plateau']);
  });
});

describe('strides', () => {
  test('whatever network is chosen, the stride is one that it can have', () => {
    for (const backbone of BACKBONES) {
      for (const stride of [1, 2, 4, 8, 16, 32, 64, 128]) {
        const { config, faults } = checkConfig(withBackbone({ ...USUAL, heads_output_stride: stride }, backbone));
        expect(faults).toEqual([]);
        expect(config!.backbone_model).toBe(backbone);
      }
    }
  });

  test('the nearest one is taken, and none is thought of while the network itself is wrong', () => {
    const shallow = withValue({ ...USUAL, heads_output_stride: 16 }, ['backbone_config', 'max_stride'], 4);
    expect(valueAt(withPossibleStride(shallow), ['heads_output_stride'])).toBe(4);
    const wrong = withValue(USUAL, ['backbone_config', 'filters'], 'many');
    expect(stridesOf(wrong)).toEqual([]);
    expect(withPossibleStride(wrong)).toBe(wrong);
  });
});

test('every preset is a configuration that the service takes', () => {
  for (const name of PRESETS) expect(checkConfig({ ...PRESET_CONFIGS[name] }).faults).toEqual([]);
});

test('faults have the field, and words that say what would be right', () => {
  const said = (change: SentConfig) =>
    checkConfig({ ...USUAL, ...change }).faults.map(fault => `${fault.pointer} ${faultText(fault)}`);
  expect(said({ num_epochs: 0 })).toEqual(['/num_epochs must be at least 1']);
  expect(said({ num_epochs: 'ten' })).toEqual(['/num_epochs must be a number']);
  expect(said({ num_epochs: 1.5 })).toEqual(['/num_epochs must be a whole number']);
  expect(said({ learning_rate: 0 })).toEqual(['/learning_rate must be above 0']);
  expect(said({ batch_size: 4096 })).toEqual(['/batch_size must be at most 1024']);
  expect(said({ holdout_fraction: 1 })).toEqual(['/holdout_fraction must be below 1']);
  expect(said({ heads_output_stride: 64 })).toEqual([
    expect.stringMatching(/^\/heads_output_stride .*1, 2, 4, 8, 16$/),
  ]);
  expect(said({ epochs: 3 })).toEqual(['/epochs is not known']);
  expect(said({ augmentation_config: { rotation_min_angle: 20, rotation_max_angle: 10 } })).toEqual([
    '/augmentation_config/rotation_min_angle must not be above rotation_max_angle',
  ]);
  chooseLanguage('ru');
  expect(said({ num_epochs: 0 })).toEqual(['/num_epochs не меньше 1']);
  chooseLanguage('en');
});

describe('a configuration from elsewhere', () => {
  const job = {
    data: { labels: { validation_fraction: 0.2 }, preprocessing: { input_scaling: 0.5 } },
    model: {
      backbone: { unet: { filters: 16, max_stride: 32, output_stride: 2 } },
      heads: { single_instance: { part_names: null, sigma: 2.5, output_stride: 2 } },
    },
    optimization: { epochs: 77, initial_learning_rate: 1e-4, augmentation_config: { rotate: true } },
    outputs: { run_name: 'flies' },
  };

  test('a profile of SLEAP is read without keypoints, and the service would take it', () => {
    const { config, name } = readConfig(JSON.stringify(job));
    expect(name).toBe('flies');
    expect(config).toMatchObject({ num_epochs: 77, heads_output_stride: 2, input_scaling: 0.5, test_fraction: 0.2 });
    expect(checkConfig(config).faults).toEqual([]);
  });

  test('one of this service is read by itself or as part of its model', () => {
    expect(readConfig(JSON.stringify(USUAL))).toEqual({ config: USUAL, name: null });
    expect(readConfig(JSON.stringify({ name: 'Mouse', training_config: USUAL }))).toEqual({
      config: USUAL,
      name: 'Mouse',
    });
  });

  test('what cannot be taken says why', () => {
    const why = (text: string) => {
      try {
        readConfig(text);
      } catch (error) {
        return error instanceof ConfigUnreadable ? `${error.why} ${error.message}` : error;
      }
      return 'taken';
    };
    expect(why('{')).toMatch(/^notJson ./);
    expect(why('[1]')).toBe('notAnObject ');
    const topDown = { ...job, model: { ...job.model, heads: { centroid: { sigma: 2 } } } };
    expect(why(JSON.stringify(topDown))).toMatch(/^sleap .*centroid/);
  });
});

describe('the estimate', () => {
  const config = checkConfig(USUAL).config!;
  const subject = subjectOf({ widthPx: 640, heightPx: 480, channels: 1 }, 5, 100, config);
  const [cpu, gpu] = ['CPU, wasm SIMD, 2 threads', 'NVIDIA H100 (webgpu, f16)'];

  test('time is told from trainings on the same device only, and grows with the epochs', () => {
    const speed = { backbone: 'unet', precision: 'fp32', multiplyAddsPerSecond: 1e12 } as const;
    const on = (devices: string[]) => estimate(config, subject, { devices, speeds: [{ ...speed, device: gpu! }] });
    expect(on([]).time).toBeNull();
    expect(on([cpu!]).time).toBeNull();
    const { time } = on([gpu!]);
    expect(time).toMatchObject({ trainings: 1, isSameKind: true });
    expect(time!.seconds).toBeCloseTo(200 * time!.secondsPerEpoch, 6);
  });

  test('a batch that does not fit into the memory of a CPU is halved, of a GPU it is not known', () => {
    const atOnce = (change: SentConfig, device: string) =>
      estimate(checkConfig({ ...USUAL, ...change }).config!, subject, { devices: [device], speeds: [] }).atOnce;
    expect(atOnce({}, cpu!)).toBe(4);
    expect(atOnce({ batch_size: 256 }, cpu!)).toBeLessThan(256);
    expect(atOnce({ batch_size: 256, input_scaling: 4 }, cpu!)).toBeNull();
    expect(atOnce({ batch_size: 256 }, gpu!)).toBeUndefined();
  });
});
