/** The frames that are worth labelling next, looked for when the reader asks: the service goes through all predictions for them. */
import { useSignal } from '@preact/signals';
import type { SleapError } from '../../client/sleap-error.ts';
import type { InferenceResource } from '../../src/contract/inference-resource.ts';
import type { Suggestions } from '../../src/contract/suggestions.ts';
import { asFailure, client, urlOf } from '../api/client.ts';
import { failureNotice, Notices } from '../frame/notices.tsx';
import { hrefOf } from '../frame/routes.ts';
import { words } from '../language/language.ts';
import { formatCount, formatNumber, formatPixels, formatSeconds } from '../language/numbers.ts';

const t = words({
  en: {
    title: 'Frames worth labelling next',
    text: 'Frames where the network was unsure or a keypoint jumps, and others spread over the video. Labelled and trained on, they help most.',
    count: 'At most',
    find: 'Find them',
    again: 'Look again',
    none: 'None was found.',
    frame: 'Frame',
    time: 'Time',
    reason: 'Why',
    score: 'Mean score',
    jump: 'Jump',
    reasons: { low_score: 'unsure', jump: 'a keypoint jumps', spread: 'spread over the video' },
    download: 'Download for SLEAP (.slp)',
    failed: 'The frames were not found out',
  },
  ru: {
    title: 'Какие кадры разметить следующими',
    text: 'Кадры, где сеть не уверена или точка скачет, и другие, взятые по всему видео. Их разметка поможет больше всего.',
    count: 'Не больше',
    find: 'Найти',
    again: 'Найти снова',
    none: 'Ничего не нашлось.',
    frame: 'Кадр',
    time: 'Время',
    reason: 'Почему',
    score: 'Средняя оценка',
    jump: 'Скачок',
    reasons: { low_score: 'сеть не уверена', jump: 'точка скачет', spread: 'взят по всему видео' },
    download: 'Скачать для SLEAP (.slp)',
    failed: 'Кадры найти не удалось',
  },
});

const COUNTS = [10, 20, 50, 100];

export function Suggested({ inference: { results_id: id } }: { inference: InferenceResource }) {
  const word = t();
  const count = useSignal(20);
  const found = useSignal<{ of: number; frames: Suggestions['suggestions'] } | null>(null);
  const failure = useSignal<SleapError | null>(null);
  const isBusy = useSignal(false);
  const find = async () => {
    isBusy.value = true;
    failure.value = null;
    try {
      const of = count.value;
      found.value = { of, frames: (await client.suggestions(id, of)).suggestions };
    } catch (thrown) {
      failure.value = asFailure(thrown);
    } finally {
      isBusy.value = false;
    }
  };
  const frames = found.value?.frames;
  return (
    <details class="exports-suggested">
      <summary>{word.title}</summary>
      <div class="stack">
        <p class="small muted">{word.text}</p>
        <div class="row">
          <label class="check">
            {word.count}
            <select
              value={count.value}
              onChange={event => {
                count.value = Number(event.currentTarget.value);
              }}
            >
              {COUNTS.map(n => (
                <option key={n} value={n}>
                  {n}
                </option>
              ))}
            </select>
          </label>
          <button type="button" disabled={isBusy.value} onClick={() => void find()}>
            {frames ? word.again : word.find}
          </button>
          {frames && frames.length > 0 && (
            <a class="button" download href={urlOf(`/api/inferences/${id}/suggestions.slp?count=${found.value!.of}`)}>
              {word.download}
            </a>
          )}
        </div>
        <div role="status" class="stack">
          <Notices notices={failure.value ? [failureNotice(word.failed, failure.value)] : []} />
          {frames?.length === 0 && <p class="muted">{word.none}</p>}
          {frames && frames.length > 0 && <Frames id={id} frames={frames} />}
        </div>
      </div>
    </details>
  );
}

function Frames({ id, frames }: { id: number; frames: Suggestions['suggestions'] }) {
  const word = t();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reached by keyboard
    <section class="table" tabIndex={0} aria-label={word.title}>
      <table>
        <thead>
          <tr>
            <th scope="col">{word.frame}</th>
            <th scope="col">{word.time}</th>
            <th scope="col">{word.reason}</th>
            <th scope="col">{word.score}</th>
            <th scope="col">{word.jump}</th>
          </tr>
        </thead>
        <tbody>
          {frames.map(({ frame, time, reason, score, jump_px: jumpPx }) => (
            <tr key={frame}>
              <th scope="row">
                <a href={hrefOf(['results', id], { frame })}>{formatCount(frame)}</a>
              </th>
              <td>{time === null ? '–' : formatSeconds(time)}</td>
              <td>{word.reasons[reason]}</td>
              <td>{formatNumber(score, 2)}</td>
              <td>{formatPixels(jumpPx)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
