/** The slider over the epochs, with the buttons that go to the best and the newest and that play them all. */
import type { ReadonlySignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import type { EpochRow } from '../../src/contract/model.ts';
import type { Samples } from '../../src/contract/samples.ts';
import { words } from '../language/language.ts';
import { formatCount, formatNumber } from '../language/numbers.ts';
import { type ChosenEpoch, wantsLittleMotion } from './chosen-epoch.ts';
import { placeOfEpoch } from './epoch-place.ts';

const t = words({
  en: {
    epoch: 'Epoch',
    valueText: (epoch: string, loss: string | null) => `epoch ${epoch}${loss === null ? '' : `, val_loss ${loss}`}`,
    best: 'Best',
    last: 'Last',
    follows: 'follows the newest',
    play: 'Play',
    pause: 'Pause',
    still: 'Your system asks for little motion: use the slider.',
  },
  ru: {
    epoch: 'Эпоха',
    valueText: (epoch: string, loss: string | null) => `эпоха ${epoch}${loss === null ? '' : `, val_loss ${loss}`}`,
    best: 'Лучшая',
    last: 'Последняя',
    follows: 'показывается последняя',
    play: 'Пуск',
    pause: 'Пауза',
    still: 'Система просит поменьше движения: пользуйтесь ползунком.',
  },
});

interface EpochControlsProps {
  chosen: ChosenEpoch;
  epochs: Samples['epochs'];
  rows: ReadonlySignal<readonly EpochRow[]>;
  bestEpoch: number | null;
  isTraining: boolean;
}

export function EpochControls({ chosen, epochs, rows, bestEpoch, isTraining }: EpochControlsProps) {
  const word = t();
  const id = useId();
  const place = chosen.place.value;
  const last = epochs.length - 1;
  const epoch = epochs[place]?.epoch;
  const row = rows.value.find(row => row.epoch === epoch);
  const bestPlace = bestEpoch === null ? null : placeOfEpoch(epochs, bestEpoch);
  const isPlaying = chosen.isPlaying.value;
  const isStill = wantsLittleMotion.value;
  const goTo = (to: number | null) => {
    chosen.pause();
    chosen.choose(to);
  };
  const loss = row ? formatNumber(row.val_loss) : null;
  return (
    <div class="samples-epochs">
      <label for={id}>{word.epoch}</label>
      <input
        type="range"
        {...{ id, min: 0, max: Math.max(last, 0), step: 1, value: Math.max(place, 0) }}
        disabled={last < 1}
        aria-valuetext={epoch === undefined ? undefined : word.valueText(formatCount(epoch), loss)}
        onInput={event => {
          const to = Number(event.currentTarget.value);
          goTo(to === last ? null : to);
        }}
      />
      <output for={id} class="samples-now">
        {epoch !== undefined && <strong>{formatCount(epoch)}</strong>}
        {loss !== null && <span class="muted"> val_loss {loss}</span>}
        {isTraining && chosen.isFollowing.value && <span class="muted"> · {word.follows}</span>}
      </output>
      <span class="row">
        <button
          type="button"
          class="small"
          disabled={bestPlace === null}
          aria-pressed={bestPlace !== null && place === bestPlace}
          onClick={() => goTo(bestPlace)}
        >
          {word.best}
          {bestEpoch !== null && <small> {formatCount(bestEpoch)}</small>}
        </button>
        <button type="button" class="small" aria-pressed={chosen.isFollowing.value} onClick={() => goTo(null)}>
          {word.last}
        </button>
        <button
          type="button"
          class="small"
          disabled={isStill || last < 1}
          onClick={isPlaying ? chosen.pause : chosen.play}
        >
          {isPlaying ? word.pause : word.play}
        </button>
        {isStill && <span class="small muted">{word.still}</span>}
      </span>
    </div>
  );
}
