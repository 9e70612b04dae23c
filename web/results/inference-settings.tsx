/** How a video is predicted: the settings of inference_config that a person changes. What is left as it is suits most videos. */
import { words } from '../language/language.ts';
import { ChoiceField, TextField } from './setting-field.tsx';
import type { InferenceText } from './setting-values.ts';

const t = words({
  en: {
    threshold: 'Threshold',
    thresholdHint: 'A keypoint with a lower score counts as not found.',
    thresholdFault: 'A number from 0 to 1.',
    refinement: 'Place within a pixel',
    refinementHint: 'How the peak of a map becomes a place.',
    refinements: { integral: 'weighted mean', local: 'quarter pixel', '': 'whole pixels' },
    frames: 'Frames',
    framesHint: 'Counted from 0, such as 0-99,150,300-',
    framesFault: 'Numbers and ranges with commas between them, such as 0-99,150,300-',
    all: 'all',
    step: 'Every n-th frame',
    stepHint: '1: every frame.',
    stepFault: 'A whole number, 1 or more.',
    batch: 'Frames at once',
    batchHint: 'Empty: as suits the device.',
    batchFault: 'A whole number from 1 to 1024, or nothing.',
    auto: 'automatic',
    precision: 'Precision',
    precisionHint: 'float16 is faster where the device can.',
    precisions: { auto: 'automatic', fp32: 'float32', mixed: 'float16 where it can' },
  },
  ru: {
    threshold: 'Порог',
    thresholdHint: 'Точка с меньшей оценкой считается ненайденной.',
    thresholdFault: 'Число от 0 до 1.',
    refinement: 'Точность до долей пикселя',
    refinementHint: 'Как по максимуму карты определяется положение точки.',
    refinements: { integral: 'взвешенное среднее', local: 'четверть пикселя', '': 'целые пиксели' },
    frames: 'Кадры',
    framesHint: 'Считая с 0, например 0-99,150,300-',
    framesFault: 'Номера и диапазоны через запятую, например 0-99,150,300-',
    all: 'все',
    step: 'Каждый n-й кадр',
    stepHint: '1: каждый кадр.',
    stepFault: 'Целое число, не меньше 1.',
    batch: 'Кадров за раз',
    batchHint: 'Пусто: как подходит устройству.',
    batchFault: 'Целое число от 1 до 1024 или ничего.',
    auto: 'авто',
    precision: 'Точность вычислений',
    precisionHint: 'float16 быстрее, где устройство это умеет.',
    precisions: { auto: 'авто', fp32: 'float32', mixed: 'float16, где можно' },
  },
});

interface InferenceSettingsProps {
  text: InferenceText;
  faults: readonly (keyof InferenceText)[];
  onChange: (changes: Partial<InferenceText>) => void;
}

export function InferenceSettings({ text, faults, onChange }: InferenceSettingsProps) {
  const word = t();
  const bind = (name: keyof InferenceText, fault: string) => ({
    value: text[name],
    fault: faults.includes(name) ? fault : null,
    onChange: (value: string) => onChange({ [name]: value }),
  });
  const choice = (name: keyof InferenceText) => ({
    value: text[name],
    onChange: (value: string) => onChange({ [name]: value }),
  });
  return (
    <div class="results-settings">
      <TextField
        {...bind('peak_threshold', word.thresholdFault)}
        {...{ label: word.threshold, hint: word.thresholdHint }}
      />
      <ChoiceField {...choice('refinement')} {...{ label: word.refinement, hint: word.refinementHint }}>
        <Options of={word.refinements} />
      </ChoiceField>
      <TextField
        {...bind('frames', word.framesFault)}
        {...{ label: word.frames, hint: word.framesHint, placeholder: word.all, keyboard: 'text' }}
      />
      <TextField
        {...bind('frame_step', word.stepFault)}
        {...{ label: word.step, hint: word.stepHint, keyboard: 'numeric' }}
      />
      <TextField
        {...bind('batch_size', word.batchFault)}
        {...{ label: word.batch, hint: word.batchHint, placeholder: word.auto, keyboard: 'numeric' }}
      />
      <ChoiceField {...choice('precision')} {...{ label: word.precision, hint: word.precisionHint }}>
        <Options of={word.precisions} />
      </ChoiceField>
    </div>
  );
}

function Options({ of }: { of: Record<string, string> }) {
  return (
    <>
      {Object.entries(of).map(([value, name]) => (
        <option key={value} value={value}>
          {name}
        </option>
      ))}
    </>
  );
}
