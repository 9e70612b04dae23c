/** One field of training_config: its name, an input of its kind, a sentence, and what is wrong with it. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import type { Backbone } from '../../src/contract/backbones.ts';
import { words } from '../language/language.ts';
import { basis, config, faults } from './config-draft.ts';
import { fieldValue, stridesOf, withBackbone, withField, withPossibleStride } from './config-values.ts';
import { faultText } from './fault-words.ts';
import { labelOf, textOf } from './field-words.ts';
import { type Field, pointerOf } from './fields.ts';

const BACKBONE_NAMES: Record<string, string> = {
  unet: 'U-Net',
  leap: 'LEAP',
  hourglass: 'Hourglass',
  resnet: 'ResNet',
};

const t = words({
  en: {
    open: 'as by default',
    none: 'none',
    random: 'random numbers',
    yes: 'yes',
    no: 'no',
    encoder: 'Pretrained encoder',
    locked: 'As in the model it goes on from.',
    splits: { frame: 'nothing: frame by frame', video: 'videos (folders)', group: 'groups of groups.csv' },
  },
  ru: {
    open: 'по умолчанию',
    none: 'нет',
    random: 'случайные числа',
    yes: 'да',
    no: 'нет',
    encoder: 'Предобученный энкодер',
    locked: 'Как в модели, от которой продолжается.',
    splits: { frame: 'ничего: по кадрам', video: 'видео (папки)', group: 'группы из groups.csv' },
  },
});

/** Of the network, which cannot change where weights go on. */
const NETWORK = new Set([
  'backbone_model',
  'heads_output_stride',
  'backbone_config',
  'pretrained_encoder',
  'encoder_preprocessing',
]);

export function FieldInput({ field }: { field: Field }) {
  const id = useId();
  const fault = faults.value.get(pointerOf(field.path));
  const isLocked = basis.value !== 'new' && NETWORK.has(field.path[0]!);
  const shared = {
    id,
    disabled: isLocked,
    'aria-invalid': fault !== undefined,
    'aria-describedby': fault ? `${id}-fault ${id}-text` : `${id}-text`,
  };
  return (
    <div class={`field new-field${field.kind === 'flag' ? ' flag' : ''}`}>
      <label for={id}>{labelOf(field)}</label>
      <Input field={field} shared={shared} />
      {fault && (
        <p class="fault" id={`${id}-fault`}>
          {faultText(fault)}
        </p>
      )}
      <p class="new-hint" id={`${id}-text`}>
        {isLocked ? t().locked : textOf(field)} <code>{field.path.at(-1)}</code>
      </p>
    </div>
  );
}

interface InputProps {
  field: Field;
  shared: Record<string, string | boolean>;
}

function Input({ field, shared }: InputProps) {
  if (field.kind === 'flag') {
    const isOn = fieldValue(config.value, field) === true;
    return (
      <input
        type="checkbox"
        {...shared}
        checked={isOn}
        onChange={event => change(field, event.currentTarget.checked)}
      />
    );
  }
  return field.kind === 'choice' ? (
    <Choice field={field} shared={shared} />
  ) : (
    <NumberInput field={field} shared={shared} />
  );
}

function Choice({ field, shared }: InputProps) {
  const choices = choicesOf(field);
  return (
    <select
      {...shared}
      value={choices.indexOf(fieldValue(config.value, field))}
      onChange={event => change(field, choices[Number(event.currentTarget.value)])}
    >
      {choices.map((choice, at) => (
        <option key={String(choice)} value={at}>
          {wordOf(field, choice)}
        </option>
      ))}
    </select>
  );
}

function NumberInput({ field, shared }: InputProps) {
  // While somebody types, "0.0" stays on its way to "0.05".
  const typed = useSignal<string | null>(null);
  const value = fieldValue(config.value, field);
  return (
    <input
      {...shared}
      inputMode="decimal"
      autocomplete="off"
      value={typed.value ?? (value === null || value === undefined ? '' : String(value))}
      onInput={event => {
        typed.value = event.currentTarget.value;
        change(field, numberIn(typed.value, field));
      }}
      onBlur={() => {
        typed.value = null;
      }}
    />
  );
}

/** What is no number stays as it was typed: the contract says what is wrong with it. */
function numberIn(text: string, { isNullable }: Field): unknown {
  const trimmed = text.trim().replace(',', '.');
  if (trimmed === '' && isNullable) return null;
  const value = Number(trimmed);
  return trimmed === '' || Number.isNaN(value) ? text : value;
}

function change(field: Field, value: unknown): void {
  const [first] = field.path;
  const now = config.peek();
  if (first === 'backbone_model') config.value = withBackbone(now, value as Backbone);
  else if (first === 'backbone_config') config.value = withPossibleStride(withField(now, field, value));
  else config.value = withField(now, field, value);
}

/** Those of the field; of the stride those that the network can have. */
function choicesOf(field: Field): readonly unknown[] {
  if (field.path[0] !== 'heads_output_stride') return field.choices;
  const strides: unknown[] = stridesOf(config.value);
  const now = config.value.heads_output_stride;
  return strides.includes(now) ? strides : [...strides, now];
}

function wordOf({ path }: Field, choice: unknown): ComponentChildren {
  const word = t();
  const name = path.at(-1);
  if (choice === undefined) return word.open;
  if (choice === null) return name === 'encoder_weights' ? word.random : word.none;
  if (typeof choice === 'boolean') return choice ? word.yes : word.no;
  if (name === 'backbone_model') return BACKBONE_NAMES[String(choice)] ?? word.encoder;
  if (name === 'split_by') return word.splits[choice as keyof typeof word.splits];
  return String(choice);
}
