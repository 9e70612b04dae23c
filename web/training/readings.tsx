/**
 * The values of one epoch, as measured: of the one that is pointed at, else of the newest. Each line's name is a switch that shows or hides
 * it, so this is the legend, too. What keys lead to is read out.
 */
import type { EpochRow } from '../../src/contract/model.ts';
import { formatCount, formatDuration, formatExact, formatSeconds } from '../language/numbers.ts';
import { chartSettings, type Hideable, toggleLine } from './chart-settings.ts';
import { curveWords } from './curve-words.ts';
import type { Curves } from './curves.ts';

const LINES: readonly { name: Hideable; colour: string; word: 'trainLoss' | 'valLoss' | 'rate' }[] = [
  { name: 'loss', colour: 'train', word: 'trainLoss' },
  { name: 'val_loss', colour: 'validation', word: 'valLoss' },
  { name: 'lr', colour: 'rate', word: 'rate' },
];

/** The lines that are shown, for a picture of them. */
export function shownLines(): { label: string; colour: string }[] {
  const hidden = chartSettings.hidden.value;
  return LINES.filter(({ name }) => !hidden.includes(name)).map(({ word, colour }) => ({
    label: curveWords()[word],
    colour,
  }));
}

export function Readings({ curves }: { curves: Curves }) {
  const word = curveWords();
  const rows = curves.rows.value;
  const idx = curves.pointedIdx.value ?? rows.length - 1;
  const row = rows[idx];
  if (!row) return null;
  const hidden = chartSettings.hidden.value;
  return (
    <div class="readings">
      <span>
        <span class="label">{word.epoch}</span> <b class="epoch">{formatCount(row.epoch)}</b>
      </span>
      {LINES.map(({ name, colour, word: label }) => (
        <span key={name}>
          <button type="button" class={colour} aria-pressed={!hidden.includes(name)} onClick={() => toggleLine(name)}>
            {word[label]}
          </button>
          <b class={name}>{exact(row[name])}</b>
        </span>
      ))}
      <span>
        <span class="label">{word.took}</span> <b class="seconds">{formatSeconds(row.seconds)}</b>
      </span>
      <span>
        <span class="label">{word.elapsed}</span>{' '}
        <b class="elapsed">{formatDuration(curves.columns.value.elapsed[idx]!)}</b>
      </span>
      <span class="visually-hidden" aria-live="polite">
        {curves.spoken.value && aloud(curves.spoken.value)}
      </span>
    </div>
  );
}

function aloud(row: EpochRow): string {
  const word = curveWords();
  const lines = LINES.map(({ name, word: label }) => `${word[label]} ${exact(row[name])}`);
  return `${word.epoch} ${formatCount(row.epoch)}: ${lines.join(', ')}`;
}

/** A dash where there is no number. */
export function exact(value: number | null): string {
  return value === null ? '–' : formatExact(value);
}
