/** The videos that were chosen, those on their way, and what became of each. */
import { failureNotice, Notices } from '../frame/notices.tsx';
import { hrefOf } from '../frame/routes.ts';
import { words } from '../language/language.ts';
import { formatBytes } from '../language/numbers.ts';
import { type Chosen, type Sending, type SendState, sendings } from './sending.ts';

const STATES: { en: Record<SendState, string>; ru: Record<SendState, string> } = {
  en: {
    waiting: 'waits for the one before it',
    fetching: 'asks the service for the video',
    sending: 'sending',
    queueing: 'queueing',
    paused: 'paused',
    sent: 'sent',
    failed: 'not sent',
  },
  ru: {
    waiting: 'ждёт очереди на отправку',
    fetching: 'получает видео от службы',
    sending: 'отправляется',
    queueing: 'ставится в очередь',
    paused: 'на паузе',
    sent: 'отправлено',
    failed: 'не отправлено',
  },
};

const t = words({
  en: {
    files: 'Videos to send',
    states: STATES.en,
    remove: 'Remove',
    pause: 'Pause',
    resume: 'Go on',
    retry: 'Try again',
    open: 'Open the result',
    of: (sent: string, total: string) => `${sent} of ${total}`,
    failed: (name: string) => `${name} was not sent`,
  },
  ru: {
    files: 'Видео для отправки',
    states: STATES.ru,
    remove: 'Убрать',
    pause: 'Пауза',
    resume: 'Продолжить',
    retry: 'Ещё раз',
    open: 'Открыть результат',
    of: (sent: string, total: string) => `${sent} из ${total}`,
    failed: (name: string) => `${name}: отправить не удалось`,
  },
});

interface ChosenVideosProps {
  chosen: readonly Chosen[];
  onRemove: (one: Chosen) => void;
}

export function ChosenVideos({ chosen, onRemove }: ChosenVideosProps) {
  const word = t();
  if (chosen.length + sendings.value.length === 0) return null;
  return (
    <ul class="results-files" aria-label={word.files}>
      {sendings.value.map((sending, i) => (
        <OneSending key={`${i} ${sending.name}`} sending={sending} />
      ))}
      {chosen.map((one, i) => (
        <li key={`chosen ${i} ${one.name}`}>
          <span class="results-file">{one.name}</span>
          <span class="muted small">{one.bytes instanceof File && formatBytes(one.bytes.size)}</span>
          <span class="row results-file-actions">
            <button type="button" class="small" onClick={() => onRemove(one)}>
              {word.remove}
              <span class="visually-hidden"> {one.name}</span>
            </button>
          </span>
        </li>
      ))}
    </ul>
  );
}

function OneSending({ sending }: { sending: Sending }) {
  const word = t();
  const { name } = sending;
  const state = sending.state.value;
  const [sent, total, id] = [sending.sentBytes.value, sending.totalBytes.value, sending.resultsId.value];
  const failure = sending.failure.value;
  const isMoving = ['sending', 'waiting', 'paused'].includes(state);
  const button = (label: string, onClick: () => void) => (
    <button type="button" class="small" onClick={onClick}>
      {label}
      <span class="visually-hidden"> {name}</span>
    </button>
  );
  return (
    <li>
      <span class="results-file">{name}</span>
      <span class="muted small">
        {word.states[state]}
        {isMoving && total !== null && `, ${word.of(formatBytes(sent), formatBytes(total))}`}
      </span>
      <span class="row results-file-actions">
        {(state === 'sending' || state === 'waiting') && button(word.pause, sending.pause)}
        {state === 'paused' && button(word.resume, sending.resume)}
        {state === 'failed' && button(word.retry, sending.resume)}
        {id !== null && <a href={hrefOf(['results', id])}>{word.open}</a>}
        {state !== 'queueing' && button(word.remove, sending.remove)}
      </span>
      {isMoving && total !== null && <progress max={total} value={sent} aria-label={name} />}
      {failure && <Notices notices={[failureNotice(word.failed(name), failure)]} />}
    </li>
  );
}
