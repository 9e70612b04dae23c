/** The first step: data is dropped or chosen, packed if it is a folder, and sent. What it holds is told before it is sent. */
import { Notices } from '../frame/notices.tsx';
import { nowMs } from '../frame/ticking.ts';
import { forms, words } from '../language/language.ts';
import { formatBytes, formatCount, formatDuration } from '../language/numbers.ts';
import { chosen, forgetData, goOn, pauseSending, type Stage, stage, take, takeDropped } from './data-flow.ts';
import { problemNotice } from './data-problem.ts';
import { DropZone } from './drop-zone.tsx';
import type { Chosen } from './prepare-data.ts';

/** Longer without a piece, and the reader is told that the line may be broken. */
const SILENT_MS = 8_000;
const NAMES_SHOWN = 4;

const t = words({
  en: {
    files: (n: number) => `${formatCount(n)} ${forms(n, 'file', 'files')}`,
    pictures: (n: number) => `${formatCount(n)} ${forms(n, 'picture', 'pictures')}`,
    videos: (n: number) => `${formatCount(n)} ${forms(n, 'video', 'videos')}`,
    labels: 'labels may be in',
    more: (n: number) => `and ${n} more`,
    noLabels: 'No labels are seen here',
    noLabelsText:
      'Labels are a .slp, .csv or .json file beside the images. If they lie elsewhere, drop the folder that holds both.',
    leftOut: (n: number) => `${formatCount(n)} ${forms(n, 'file', 'files')} of the system left out`,
    encrypted: 'The archive is encrypted',
    looking: 'Looking into it…',
    packing: 'Reading the folder',
    sending: 'Sending',
    paused: 'Paused',
    of: (done: string, total: string) => `${done} of ${total}`,
    perSecond: (speed: string) => `${speed}/s`,
    left: (span: string) => `${span} left`,
    silent: 'No answer: the line or the service is away. Sending goes on by itself.',
    pause: 'Pause',
    goOn: 'Go on',
    again: 'Try again',
    forget: 'Remove',
  },
  ru: {
    files: (n: number) => `${formatCount(n)} ${forms(n, 'файл', 'файла', 'файлов')}`,
    pictures: (n: number) => `${formatCount(n)} ${forms(n, 'изображение', 'изображения', 'изображений')}`,
    videos: (n: number) => `${formatCount(n)} видео`,
    labels: 'разметка, возможно, в',
    more: (n: number) => `и ещё ${n}`,
    noLabels: 'Разметки здесь не видно',
    noLabelsText:
      'Разметка — это файл .slp, .csv или .json рядом с изображениями. Если она в другом месте, перетащите папку, где есть и то и другое.',
    leftOut: (n: number) =>
      `${forms(n, 'пропущен', 'пропущено', 'пропущено')} ${formatCount(n)} ${forms(n, 'системный файл', 'системных файла', 'системных файлов')}`,
    encrypted: 'Архив зашифрован',
    looking: 'Смотрим, что внутри…',
    packing: 'Папка читается',
    sending: 'Передаётся',
    paused: 'Пауза',
    of: (done: string, total: string) => `${done} из ${total}`,
    perSecond: (speed: string) => `${speed}/с`,
    left: (span: string) => `осталось ${span}`,
    silent: 'Ответа нет: пропала связь или служба. Передача продолжится сама.',
    pause: 'Пауза',
    goOn: 'Продолжить',
    again: 'Повторить',
    forget: 'Убрать',
  },
});

export function DataStep() {
  const now = stage.value;
  const what = chosen.value;
  return (
    <div class="stack">
      {what && <WhatIsChosen what={what} />}
      <p role="status" class="small muted" hidden={now.at !== 'looking'}>
        {now.at === 'looking' && t().looking}
      </p>
      {now.at === 'packing' && (
        <Moving title={t().packing} doneBytes={now.doneBytes} totalBytes={now.totalBytes} more={[]} />
      )}
      {now.at === 'sending' && <Sending now={now} />}
      {now.at === 'failed' && now.step !== 'checking' && (
        <>
          <Notices notices={[problemNotice(now)]} />
          {now.step === 'sending' && (
            <div class="row">
              <button type="button" onClick={() => void goOn()}>
                {t().again}
              </button>
            </div>
          )}
        </>
      )}
      <DropZone
        isSmall={what !== null}
        onGathered={gathered => void take(gathered)}
        onDropped={transfer => void takeDropped(transfer)}
      />
    </div>
  );
}

function WhatIsChosen({ what: { name, sizeBytes, contents, leftOut, isEncrypted } }: { what: Chosen }) {
  const word = t();
  const facts = [
    formatBytes(sizeBytes),
    ...(contents ? [word.files(contents.files)] : []),
    ...(contents?.pictures ? [word.pictures(contents.pictures)] : []),
    ...(contents?.videos ? [word.videos(contents.videos)] : []),
    ...(leftOut.length > 0 ? [word.leftOut(leftOut.length)] : []),
  ];
  const labels = contents?.labelFiles ?? [];
  const shown = labels.slice(0, NAMES_SHOWN).join(', ');
  const rest = labels.length > NAMES_SHOWN ? ` ${word.more(labels.length - NAMES_SHOWN)}` : '';
  return (
    <div class="stack new-tight">
      <div class="row apart">
        <p class="new-name">
          <strong>{name}</strong> <span class="muted small">{facts.join(' · ')}</span>
        </p>
        <button type="button" class="small" onClick={forgetData}>
          {word.forget}
        </button>
      </div>
      {labels.length > 0 && (
        <p class="small muted new-name">
          {word.labels} {shown}
          {rest}
        </p>
      )}
      {contents && labels.length === 0 && !isEncrypted && (
        <Notices notices={[{ tone: 'warn', title: word.noLabels, text: word.noLabelsText }]} />
      )}
      {isEncrypted && <p class="small">{word.encrypted}.</p>}
    </div>
  );
}

function Sending({ now }: { now: Stage & { at: 'sending' } }) {
  const word = t();
  // nowMs makes this be looked at again each second.
  const isSilent = nowMs.value > 0 && !now.isPaused && Date.now() - now.movedAtMs > SILENT_MS;
  const pace = [
    ...(now.bytesPerSecond === null ? [] : [word.perSecond(formatBytes(Math.round(now.bytesPerSecond)))]),
    ...(now.secondsLeft === null ? [] : [word.left(formatDuration(now.secondsLeft))]),
  ];
  return (
    <div class="stack new-tight">
      <Moving
        title={now.isPaused ? word.paused : word.sending}
        doneBytes={now.doneBytes}
        totalBytes={now.totalBytes}
        more={isSilent ? [] : pace}
      />
      <p role="status" class="small">
        {isSilent && word.silent}
      </p>
      <div class="row">
        <button type="button" class="small" onClick={() => (now.isPaused ? void goOn() : pauseSending())}>
          {now.isPaused ? word.goOn : word.pause}
        </button>
      </div>
    </div>
  );
}

interface MovingProps {
  title: string;
  doneBytes: number;
  totalBytes: number;
  more: string[];
}

function Moving({ title, doneBytes, totalBytes, more }: MovingProps) {
  const far = t().of(formatBytes(doneBytes), formatBytes(totalBytes));
  return (
    <div class="stack new-tight">
      <p class="small">
        <strong>{title}</strong> <span class="muted">{[far, ...more].join(' · ')}</span>
      </p>
      <progress aria-label={title} value={doneBytes} max={Math.max(1, totalBytes)} />
    </div>
  );
}
