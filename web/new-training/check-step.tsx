/** The second step: what a worker saw of the data. While it looks, how far it is; if it cannot be used, why, and what may help. */
import { Notices } from '../frame/notices.tsx';
import { words } from '../language/language.ts';
import { formatProgress, phaseOf } from '../language/state-words.ts';
import { chosen, password, type Stage, stage } from './data-flow.ts';
import { codeOf, problemNotice } from './data-problem.ts';
import { ReadSettingsForm } from './read-settings.tsx';
import { Report } from './report.tsx';

const t = words({
  en: {
    waits:
      'Once the data is sent, a worker reads it and shows here what a training would see. Nothing is queued before.',
    asking: 'Asking for the check…',
    checking: 'Check',
    how: 'Read it in another way',
  },
  ru: {
    waits:
      'Когда данные будут переданы, исполнитель прочтёт их и покажет здесь, что увидит обучение. До этого ничего не ставится в очередь.',
    asking: 'Проверка запрашивается…',
    checking: 'Проверка',
    how: 'Читать иначе',
  },
});

const PASSWORD_CODES = ['password_needed', 'password_wrong'];
/** What reading it in another way may help. */
const READING_CODES = [...PASSWORD_CODES, 'dataset_ambiguous', 'labels_missing', 'labels_invalid'];

export function CheckStep() {
  const now = stage.value;
  const code = now.at === 'failed' ? codeOf(now.problem) : null;
  const needsPassword = chosen.value?.isEncrypted || PASSWORD_CODES.includes(code ?? '') || password.value !== '';
  const form = <ReadSettingsForm needsPassword={needsPassword} isFirst={false} />;
  const inAnotherWay = (
    <details>
      <summary>{t().how}</summary>
      {form}
    </details>
  );
  switch (now.at) {
    case 'sent':
      return <ReadSettingsForm needsPassword={needsPassword} isFirst />;
    case 'checking':
      return <Checking now={now} />;
    case 'checked':
      return (
        <div class="stack">
          <Report report={now.check.report} />
          {inAnotherWay}
        </div>
      );
    case 'failed':
      if (now.step !== 'checking') return <p class="muted">{t().waits}</p>;
      return (
        <div class="stack">
          <Notices notices={[problemNotice(now)]} />
          {READING_CODES.includes(code ?? '') ? form : inAnotherWay}
        </div>
      );
    default:
      return <p class="muted">{t().waits}</p>;
  }
}

function Checking({ now: { check } }: { now: Stage & { at: 'checking' } }) {
  const far = check?.progress;
  return (
    <div class="stack new-tight" role="status">
      <p class="small">
        <strong>{check ? phaseOf(check) : t().asking}</strong>{' '}
        <span class="muted">{far ? formatProgress(far) : ''}</span>
      </p>
      <progress aria-label={t().checking} {...(far?.total ? { value: far.done, max: far.total } : {})} />
    </div>
  );
}
