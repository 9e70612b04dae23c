/** One inference: where it stands, what went wrong or is to be known, and the player once frames are there. */
import { useEffect } from 'preact/hooks';
import type { InferenceResource } from '../../src/contract/inference-resource.ts';
import { useInference } from '../api/inference-store.ts';
import { failureNotice, type Notice, Notices } from '../frame/notices.tsx';
import type { ViewProps } from '../frame/view.ts';
import { words } from '../language/language.ts';
import { formatProgress, isEnded, phaseOf, statusOf } from '../language/state-words.ts';
import { Player } from '../player/player.tsx';
import { Exports } from './exports.tsx';
import { Overlay } from './overlay.tsx';
import { ResultActions } from './result-actions.tsx';

const t = words({
  en: {
    loading: 'Loading…',
    absent: 'This video cannot be shown',
    failed: 'The video was not predicted',
    warning: 'To know',
    soon: 'The player opens with the first predicted frames.',
    nothing: 'No frame was predicted.',
    page: 'Video',
  },
  ru: {
    loading: 'Загружается…',
    absent: 'Это видео нельзя показать',
    failed: 'Видео не обработано',
    warning: 'Обратите внимание',
    soon: 'Проигрыватель откроется с первыми обработанными кадрами.',
    nothing: 'Ни один кадр не обработан.',
    page: 'Видео',
  },
});

export function ResultView({ parts: [id = ''] }: ViewProps) {
  const { inference, failure } = useInference(id);
  const { value: shown } = inference;
  const title = shown?.file_name ?? id;
  useEffect(() => {
    document.title = `${t().page} · ${title} · SLEAP`;
  }, [title, t()]);
  const notices = failure.value ? [failureNotice(t().absent, failure.value)] : [];
  if (!shown) {
    return (
      <div class="stack">
        <h1>{`${t().page} ${id}`}</h1>
        <Notices notices={notices} />
        {notices.length === 0 && <p class="muted">{t().loading}</p>}
      </div>
    );
  }
  return (
    <div class="stack">
      <header class="row apart">
        <ResultHead inference={shown} />
        <ResultActions inference={shown} />
      </header>
      <Notices notices={[...notices, ...noticesOf(shown)]} />
      {shown.frames_stored > 0 ? (
        <Player key={shown.results_id} inference={shown} />
      ) : (
        <p class="empty">{isEnded(shown.state) ? t().nothing : t().soon}</p>
      )}
      <Exports inference={shown} />
      <Overlay inference={shown} />
    </div>
  );
}

function ResultHead({ inference }: { inference: InferenceResource }) {
  const { word, tone } = statusOf(inference, 'infer');
  return (
    <div class="row">
      <h1 class="result-title">{inference.file_name}</h1>
      <span class={`state ${tone}`}>{word}</span>
      {!isEnded(inference.state) && (
        <span class="muted" role="status">
          {[phaseOf(inference), inference.progress && formatProgress(inference.progress)].filter(Boolean).join(' · ')}
        </span>
      )}
    </div>
  );
}

function noticesOf({ error, warnings }: InferenceResource): Notice[] {
  const asWarnings = warnings.map((text): Notice => ({ tone: 'warn', title: t().warning, text }));
  return error ? [failureNotice(t().failed, error as Parameters<typeof failureNotice>[1]), ...asWarnings] : asWarnings;
}
