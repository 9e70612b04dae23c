/** Sentences that need attention: why a training failed, what it warns of, a request that was refused. */
import type { SleapError } from '../../client/sleap-error.ts';
import { meaningOf } from '../language/error-words.ts';

export interface Notice {
  tone: 'bad' | 'warn' | 'info';
  title: string;
  text: string;
}

/** What to tell about a failed request, in the words of the service. @param title what did not happen. */
export function failureNotice(title: string, failure: Pick<SleapError, 'code' | 'message' | 'remedy'>): Notice {
  return { tone: 'bad', title, text: sentences(meaningOf(failure.code), failure.message, failure.remedy) };
}

/** A list that a screen reader reads out as it grows. */
export function Notices({ notices }: { notices: readonly Notice[] }) {
  return (
    <ul class="notices" aria-live="polite">
      {notices.map(({ tone, title, text }) => (
        <li class={tone} key={`${tone} ${title} ${text}`}>
          <strong>{title}</strong>
          {text && <p>{text}</p>}
        </li>
      ))}
    </ul>
  );
}

function sentences(...parts: (string | null | undefined)[]): string {
  return parts.filter(Boolean).join(' ');
}
