/** The third step: the six fields a training needs, presets to begin with, and everything else in groups that open. */

import type { Backbone } from '../../src/contract/backbones.ts';
import { words } from '../language/language.ts';
import { basis, config, faults } from './config-draft.ts';
import { ConfigJson } from './config-json.tsx';
import { hasSay } from './config-values.ts';
import { FieldInput } from './field-input.tsx';
import { fieldsOf, GROUPS, type Group, neededFields, pointerOf } from './fields.ts';
import { PRESET_CONFIGS, PRESETS } from './presets.ts';

const t = words({
  en: {
    presets: 'Begin with',
    names: { quick: 'Quick look', usual: 'Usual', thorough: 'Thorough' },
    texts: {
      quick: 'A small network on images at half size: minutes, to see whether the labels can be learnt at all.',
      usual: "A U-Net after SLEAP's profile for one animal: the place to begin.",
      thorough: 'Sees farther, on finer maps, with more changes of the images, and gives up later: hours.',
    },
    own: 'Your own values: a preset would replace them.',
    more: 'More',
    groups: {
      backbone: 'Shape of the network',
      steps: 'Steps, scale and precision',
      split: 'How frames are dealt out',
      augmentation_config: 'Augmentation',
      learning_rate_schedule: 'Learning rate over time',
      early_stopping: 'Early stopping',
      hard_keypoint_mining: 'Hard keypoints',
    },
    wrong: 'something is wrong here',
  },
  ru: {
    presets: 'Начать с',
    names: { quick: 'Быстрая проба', usual: 'Обычное', thorough: 'Тщательное' },
    texts: {
      quick: 'Небольшая сеть на изображениях половинного размера: за минуты видно, можно ли вообще выучить разметку.',
      usual: 'U-Net по профилю SLEAP для одного животного: с него стоит начать.',
      thorough: 'Шире поле зрения, точнее карты, сильнее искажения изображений, останавливается позже: часы.',
    },
    own: 'Свои значения: заготовка их заменит.',
    more: 'Ещё',
    groups: {
      backbone: 'Строение сети',
      steps: 'Шаги, масштаб и точность',
      split: 'Как делятся кадры',
      augmentation_config: 'Искажения изображений (аугментация)',
      learning_rate_schedule: 'Как меняется скорость обучения',
      early_stopping: 'Ранняя остановка',
      hard_keypoint_mining: 'Трудные точки',
    },
    wrong: 'здесь что-то не так',
  },
});

export function ConfigStep() {
  const word = t();
  const preset = PRESETS.find(name => PRESET_CONFIGS[name] === config.value || isSame(name));
  return (
    <div class="stack">
      {basis.value === 'new' && (
        <div class="stack new-tight">
          <fieldset class="row">
            <legend class="visually-hidden">{word.presets}</legend>
            {PRESETS.map(name => (
              <button
                key={name}
                type="button"
                aria-pressed={preset === name}
                onClick={() => {
                  config.value = PRESET_CONFIGS[name];
                }}
              >
                {word.names[name]}
              </button>
            ))}
          </fieldset>
          <p class="small muted">{preset ? word.texts[preset] : word.own}</p>
        </div>
      )}
      <div class="new-fields">
        {neededFields.map(field => (
          <FieldInput key={field.path.join('.')} field={field} />
        ))}
      </div>
      <section aria-label={word.more} class="new-groups">
        {GROUPS.map(group => (
          <FieldGroup key={group} group={group} />
        ))}
        <ConfigJson />
      </section>
    </div>
  );
}

function isSame(name: (typeof PRESETS)[number]): boolean {
  return JSON.stringify(PRESET_CONFIGS[name]) === JSON.stringify(config.value);
}

function FieldGroup({ group }: { group: Group }) {
  const fields = fieldsOf(group, config.value.backbone_model as Backbone).filter(field => hasSay(config.value, field));
  const isWrong = fields.some(field => faults.value.has(pointerOf(field.path)));
  return (
    <details>
      <summary>
        {t().groups[group]} {isWrong && <span class="fault">— {t().wrong}</span>}
      </summary>
      <div class="new-fields">
        {fields.map(field => (
          <FieldInput key={field.path.join('.')} field={field} />
        ))}
      </div>
    </details>
  );
}
