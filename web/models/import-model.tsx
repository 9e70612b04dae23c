/**
 * A model brought along: a model.zip of such a service or a zipped model folder of SLEAP, chosen or dropped anywhere on the list. The file
 * goes ahead in pieces, so that its way can be told and a broken line costs nothing; what a worker then makes of it shows in the list.
 */
import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { asFailure, client } from '../api/client.ts';
import { failureNotice, type Notice, Notices } from '../frame/notices.tsx';
import { words } from '../language/language.ts';
import { formatBytes } from '../language/numbers.ts';

const t = words({
  en: {
    import: 'Import a model',
    hint: 'A model.zip of this service, or a zipped model folder of SLEAP',
    sending: (name: string) => `Sending ${name}`,
    sent: (done: string, total: string) => `${done} of ${total}`,
    cancel: 'Cancel',
    taken: (name: string) => `${name} has arrived`,
    takenText: 'A worker reads it now; it is in the list.',
    failed: (name: string) => `${name} was not imported`,
    drop: 'Let go to import the model',
  },
  ru: {
    import: 'Импорт модели',
    hint: 'model.zip этой службы или папка модели SLEAP в архиве zip',
    sending: (name: string) => `Передаётся ${name}`,
    sent: (done: string, total: string) => `${done} из ${total}`,
    cancel: 'Отменить',
    taken: (name: string) => `Файл ${name} получен`,
    takenText: 'Исполнитель читает его; модель уже в списке.',
    failed: (name: string) => `${name}: импортировать не удалось`,
    drop: 'Отпустите, чтобы импортировать модель',
  },
});

interface Sending {
  name: string;
  sentBytes: number;
  totalBytes: number;
}

export interface ModelImport {
  sending: Signal<Sending | null>;
  told: Signal<readonly Notice[]>;
  begin: (file: File) => void;
  cancel: () => void;
}

/** One file at a time; leaving the view ends it. */
export function useModelImport(): ModelImport {
  const sending = useSignal<Sending | null>(null);
  const told = useSignal<readonly Notice[]>([]);
  const ends = useRef<AbortController | null>(null);
  useEffect(() => () => ends.current?.abort(), []);
  const send = async (file: File) => {
    const { signal } = (ends.current = new AbortController());
    const tell = (sentBytes: number) => {
      sending.value = { name: file.name, sentBytes, totalBytes: file.size };
    };
    told.value = [];
    tell(0);
    try {
      const upload = await client.uploadResumably(file, { signal, onProgress: tell });
      await client.importModel(upload, { signal });
      told.value = [{ tone: 'info', title: t().taken(file.name), text: t().takenText }];
    } catch (thrown) {
      if (!signal.aborted) told.value = [failureNotice(t().failed(file.name), asFailure(thrown))];
    } finally {
      sending.value = null;
    }
  };
  return {
    sending,
    told,
    begin: file => {
      if (sending.peek() === null) void send(file);
    },
    cancel: () => ends.current?.abort(),
  };
}

export function ImportButton({ of: { sending, begin } }: { of: ModelImport }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" title={t().hint} disabled={sending.value !== null} onClick={() => input.current!.click()}>
        {t().import}
      </button>
      <input
        ref={input}
        type="file"
        accept=".zip,application/zip"
        aria-label={t().import}
        hidden
        onChange={event => {
          const [file] = event.currentTarget.files!;
          // The same file may be chosen again.
          if (file) begin(file);
          event.currentTarget.value = '';
        }}
      />
    </>
  );
}

/** How far the file has come, and what became of it. */
export function ImportStatus({ of: { sending, told, cancel } }: { of: ModelImport }) {
  const now = sending.value;
  return (
    <>
      {now && (
        <div class="card models-sending">
          <div class="row apart">
            <span role="status">{t().sending(now.name)}</span>
            <span class="row">
              <span class="small muted">{t().sent(formatBytes(now.sentBytes), formatBytes(now.totalBytes))}</span>
              <button type="button" class="small" onClick={cancel}>
                {t().cancel}
              </button>
            </span>
          </div>
          <progress aria-label={t().sending(now.name)} value={now.sentBytes} max={now.totalBytes} />
        </div>
      )}
      <Notices notices={told.value} />
    </>
  );
}

export function DropHint() {
  return <p class="models-drop">{t().drop}</p>;
}
