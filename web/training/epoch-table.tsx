/**
 * The numbers of the charts as a table, a hundred epochs a page, so that ten thousand cost no more than a hundred. It opens at the newest
 * and stays there as epochs come, until the reader turns to another page.
 */
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { EpochErrors } from '../../src/contract/curves.ts';
import { TableBox } from '../frame/table-box.tsx';
import { formatCount, formatDuration, formatSeconds } from '../language/numbers.ts';
import { curveWords } from './curve-words.ts';
import type { Curves } from './curves.ts';
import { measureWords } from './measure-words.ts';
import { exact } from './readings.tsx';

const PAGE_ROWS = 100;
const ERRORS = ['median_px', 'mean_px', 'p90_px', 'pck', 'oks'] as const;

export function EpochTable({ curves, errors }: { curves: Curves; errors: EpochErrors | null }) {
  const word = curveWords();
  /** null: the newest. */
  const page = useSignal<number | null>(null);
  const rows = curves.rows.value;
  const { elapsed, bestIdx } = curves.columns.value;
  const lastPage = Math.max(0, Math.ceil(rows.length / PAGE_ROWS) - 1);
  const shown = page.value ?? lastPage;
  const first = shown * PAGE_ROWS;
  const shownRows = rows.slice(first, first + PAGE_ROWS);
  const errorIdx = useMemo(() => new Map(errors?.epochs.map((epoch, i) => [epoch, i])), [errors]);
  const turnTo = (to: number) => {
    page.value = to >= lastPage ? null : Math.max(0, to);
  };
  const caption = word.tableOf(formatCount(first + 1), formatCount(first + shownRows.length), formatCount(rows.length));
  return (
    <>
      <TableBox class="epoch-table">
        <table>
          <caption class="visually-hidden">{caption}</caption>
          <thead>
            <tr>
              {[word.epoch, word.trainLoss, word.valLoss, word.rate, word.seconds, word.elapsed].map(label => (
                <th key={label} scope="col" class="number">
                  {label}
                </th>
              ))}
              {errors &&
                ERRORS.map(name => (
                  <th key={name} scope="col" class="number">
                    {measureWords().columns[name]}
                  </th>
                ))}
            </tr>
          </thead>
          <tbody>
            {shownRows.map((row, i) => (
              <tr key={row.epoch} class={first + i === bestIdx ? 'best' : undefined}>
                <th scope="row" class="number">
                  {first + i === bestIdx && <em>{word.bestMark} </em>}
                  {formatCount(row.epoch)}
                </th>
                <td class="number">{exact(row.loss)}</td>
                <td class="number">{exact(row.val_loss)}</td>
                <td class="number">{exact(row.lr)}</td>
                <td class="number">{formatSeconds(row.seconds)}</td>
                <td class="number">{formatDuration(elapsed[first + i]!)}</td>
                {errors &&
                  ERRORS.map(name => (
                    <td key={name} class="number">
                      {exact(errors[name][errorIdx.get(row.epoch) ?? -1] ?? null)}
                    </td>
                  ))}
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
      <nav class="row" aria-label={word.table}>
        <button type="button" class="small" disabled={shown === 0} onClick={() => turnTo(0)}>
          {word.firstPage}
        </button>
        <button type="button" class="small" disabled={shown === 0} onClick={() => turnTo(shown - 1)}>
          {word.previousPage}
        </button>
        <span class="small muted">{caption}</span>
        <button type="button" class="small" disabled={shown === lastPage} onClick={() => turnTo(shown + 1)}>
          {word.nextPage}
        </button>
        <button type="button" class="small" disabled={page.value === null} onClick={() => turnTo(lastPage)}>
          {word.lastPage}
        </button>
      </nav>
    </>
  );
}
