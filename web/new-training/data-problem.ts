/** Why data did not come through, as a sentence for its reader: of this browser, of the service, or of the worker that checked it. */

import type { SleapErrorCode } from '../../client/sleap-error.ts';
import { failureNotice, type Notice } from '../frame/notices.tsx';
import { words } from '../language/language.ts';
import type { DataProblem, Stage } from './data-flow.ts';

const t = words({
  en: {
    title: {
      packing: 'The data cannot be packed',
      sending: 'The data could not be sent',
      checking: 'A training cannot use this data',
    },
    own: {
      empty: () => 'The folder is empty. Drop the one that holds the labels and their images.',
      canceled: () => 'The check was canceled. Check it again.',
      noArchive: (path: string) =>
        `"${path}" is no 7z, zip or tar archive and no SLEAP file. Drop the folder that holds the labels and their images, or an archive of it.`,
      unreadable: (path: string) =>
        `"${path}" cannot be read: it was moved or changed, or you may not read it. Look at it, then drop the data again.`,
    },
  },
  ru: {
    title: {
      packing: 'Данные не удалось упаковать',
      sending: 'Данные не удалось передать',
      checking: 'Для обучения эти данные не подходят',
    },
    own: {
      empty: () => 'Папка пуста. Нужна та, где лежат разметка и изображения.',
      canceled: () => 'Проверку отменили. Проверьте ещё раз.',
      noArchive: (path: string) =>
        `«${path}» — не архив 7z, zip или tar и не файл SLEAP. Перетащите папку с разметкой и изображениями или её архив.`,
      unreadable: (path: string) =>
        `«${path}» не читается: файл переместили, изменили или к нему нет доступа. Проверьте его и перетащите данные снова.`,
    },
  },
});

export function problemNotice({ step, problem }: Stage & { at: 'failed' }): Notice {
  const word = t();
  const title = word.title[step];
  if ('own' in problem) {
    const text = 'path' in problem ? word.own[problem.own](problem.path) : word.own[problem.own]();
    return { tone: 'bad', title, text };
  }
  const { code, message, remedy } = problem;
  return failureNotice(title, { code: code as SleapErrorCode, message, remedy });
}

/** @returns null for a problem of this browser. */
export function codeOf(problem: DataProblem): string | null {
  return 'code' in problem ? problem.code : null;
}
