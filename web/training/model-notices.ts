/** What to tell about a model beyond its state: why its training failed, that its worker fell silent, what the service warns of. */
import type { ModelResource } from '../../src/contract/model.ts';
import { connection } from '../frame/connection.ts';
import { failureNotice, type Notice } from '../frame/notices.tsx';
import { nowMs } from '../frame/ticking.ts';
import { words } from '../language/language.ts';
import { formatDuration } from '../language/numbers.ts';

const SILENT_AFTER_MS = 30_000;

const t = words({
  en: {
    failed: 'The training failed',
    importFailed: 'The import failed',
    attemptFailed: 'The last attempt failed',
    silent: (span: string) => `Worker silent for ${span}`,
    silentText:
      'If it does not come back, the training is handed to a worker again, or ends as failed when its attempts are used up.',
    warning: 'Warning',
  },
  ru: {
    failed: 'Обучение не удалось',
    importFailed: 'Импортировать модель не удалось',
    attemptFailed: 'Последняя попытка не удалась',
    silent: (span: string) => `Исполнитель молчит: ${span}`,
    silentText:
      'Если он не вернётся, обучение возьмёт другой исполнитель; когда попытки кончатся, оно завершится ошибкой.',
    warning: 'Предупреждение',
  },
});

export function modelNotices(model: ModelResource): Notice[] {
  const word = t();
  const notices: Notice[] = [];
  if (model.error) {
    const failed = model.origin === 'import' ? word.importFailed : word.failed;
    notices.push(failureNotice(model.state === 'failed' ? failed : word.attemptFailed, asError(model.error)));
  }
  const silentMs = heartbeatAgeMs(model);
  // A page that is not up to date must accuse nobody.
  if (silentMs !== null && silentMs >= SILENT_AFTER_MS && connection.value === 'live') {
    notices.push({ tone: 'warn', title: word.silent(formatDuration(silentMs / 1000)), text: word.silentText });
  }
  for (const text of model.warnings) notices.push({ tone: 'warn', title: word.warning, text });
  return notices;
}

/** @returns null while no worker holds it. */
export function heartbeatAgeMs({ state, heartbeat_at }: Pick<ModelResource, 'state' | 'heartbeat_at'>): number | null {
  return state === 'active' && heartbeat_at !== null ? Math.max(0, nowMs.value - Date.parse(heartbeat_at)) : null;
}

type Failure = Parameters<typeof failureNotice>[1];

/** The service's codes are those that failureNotice knows; one of a newer service has no meaning there. */
function asError(error: NonNullable<ModelResource['error']>): Failure {
  return { ...error, code: error.code as Failure['code'] };
}
