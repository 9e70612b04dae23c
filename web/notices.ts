/** Sentences that need attention: why a training failed, what it warns of, a worker that fell silent, a request that was refused. */
import type { ModelResource } from '../src/contract/model.ts';
import { ApiFailure } from './api.ts';
import { element } from './dom.ts';
import { formatDuration } from './format.ts';

export interface Notice {
  tone: 'bad' | 'warn';
  title: string;
  text: string;
}

const SILENT_AFTER_MS = 30_000;

/** What to tell about a failed request, in the words of the service. */
export function failureNotice(title: string, failure: unknown): Notice {
  if (!(failure instanceof ApiFailure)) throw failure;
  return { tone: 'bad', title, text: sentences(failure.message, failure.remedy) };
}

/** What to tell about a model. `heartbeatAgeMs` is null while no worker holds it or the page is not sure to be up to date. */
export function modelNotices(model: ModelResource, heartbeatAgeMs: number | null): Notice[] {
  const notices: Notice[] = [];
  if (model.error) {
    const title = model.state === 'failed' ? 'The training failed' : 'The last attempt failed';
    notices.push({ tone: 'bad', title, text: sentences(model.error.message, model.error.remedy) });
  }
  if (heartbeatAgeMs !== null && heartbeatAgeMs >= SILENT_AFTER_MS) {
    notices.push({
      tone: 'warn',
      title: `Worker silent for ${formatDuration(heartbeatAgeMs / 1000)}`,
      text: 'If it does not come back, the training is handed to a worker again, or ends as failed when its attempts are used up.',
    });
  }
  for (const text of model.warnings) notices.push({ tone: 'warn', title: 'Warning', text });
  return notices;
}

/** The list on the page; unchanged notices keep their nodes, so that a screen reader does not repeat them. */
export function createNotices(): { element: HTMLElement; update: (notices: Notice[]) => void } {
  const list = element('ul', { class: 'notices', 'aria-live': 'polite' });
  const shown: { key: string; node: HTMLElement; title: HTMLElement }[] = [];
  return {
    element: list,
    update: notices => {
      shown.splice(notices.length).forEach(({ node }) => {
        node.remove();
      });
      notices.forEach(({ tone, title, text }, i) => {
        const key = JSON.stringify([tone, title, text]);
        if (shown[i]?.key === key) return;
        const heading = element('strong', {}, title);
        const node = element('li', { class: tone }, heading, element('p', {}, text));
        if (shown[i]) shown[i].node.replaceWith(node);
        else list.append(node);
        shown[i] = { key, node, title: heading };
      });
    },
  };
}

function sentences(message: string, remedy: string | null): string {
  return remedy === null ? message : `${message} ${remedy}`;
}
