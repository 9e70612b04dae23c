/** Which colour is which keypoint; each can be hidden, in the picture and in the traces alike. */
import { useMemo } from 'preact/hooks';
import { words } from '../language/language.ts';
import { poseColours } from '../pose/draw-pose.ts';
import type { PlayerParts } from './player-parts.ts';

const t = words({
  en: { title: 'Keypoints', all: 'All', none: 'None', only: 'only', onlyThis: (name: string) => `Show only ${name}` },
  ru: {
    title: 'Ключевые точки',
    all: 'Все',
    none: 'Ни одной',
    only: 'только',
    onlyThis: (name: string) => `Только ${name}`,
  },
});

export function Legend({ parts: { inference, settings } }: { parts: PlayerParts }) {
  const { keypoints } = inference;
  const { hidden } = settings;
  const colours = useMemo(() => poseColours(keypoints.length), [keypoints.length]);
  const hideBut = (isShown: (k: number) => boolean) => {
    hidden.value = new Set(keypoints.flatMap((_, k) => (isShown(k) ? [] : [k])));
  };
  return (
    <fieldset class="player-legend">
      <legend>{t().title}</legend>
      <div class="row">
        <button type="button" class="small" onClick={() => hideBut(() => true)}>
          {t().all}
        </button>
        <button type="button" class="small" onClick={() => hideBut(() => false)}>
          {t().none}
        </button>
      </div>
      <ul>
        {keypoints.map((name, k) => (
          <li key={name}>
            <label class="check">
              <input
                type="checkbox"
                checked={!hidden.value.has(k)}
                onChange={event => {
                  const isShown = event.currentTarget.checked;
                  hideBut(other => (other === k ? isShown : !hidden.peek().has(other)));
                }}
              />
              <span class="player-swatch" style={{ background: colours[k] }} />
              <span>{name}</span>
            </label>
            <button
              type="button"
              class="player-only"
              aria-label={t().onlyThis(name)}
              onClick={() => hideBut(other => other === k)}
            >
              {t().only}
            </button>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}
