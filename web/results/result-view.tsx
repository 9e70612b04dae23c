/** One result: where it stands, what can be done with it, its files and its overlay. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { SleapError } from '../../client/sleap-error.ts';
import type { InferenceResource } from '../../src/contract/inference-resource.ts';
import { asFailure, client, urlOf } from '../api/client.ts';
import { openCountedStream } from '../frame/connection.ts';
import { failureNotice, Notices } from '../frame/notices.tsx';
import type { ViewProps } from '../frame/views.ts';
import { words } from '../language/language.ts';
import { statusOf } from '../language/state-words.ts';
import { Exports } from './exports.tsx';
import { Overlay } from './overlay.tsx';
import { ResultActions } from './result-actions.tsx';

const t = words({
  en: { page: 'Video', absent: 'This result cannot be shown' },
  ru: { page: 'Видео', absent: 'Этот результат нельзя показать' },
});

export function ResultView({ parts: [id = ''] }: ViewProps) {
  const word = t();
  const inference = useSignal<InferenceResource | null>(null);
  const failure = useSignal<SleapError | null>(null);
  useEffect(() => {
    const ask = async () => {
      try {
        inference.value = await client.inference(Number(id));
      } catch (thrown) {
        failure.value = asFailure(thrown);
        stream.close();
      }
    };
    const stream = openCountedStream({
      url: urlOf(`/api/inferences/${encodeURIComponent(id)}/events?events=inference`),
      on: {
        inference: data => {
          inference.value = data as InferenceResource;
        },
      },
      onRefused: () => void ask(),
    });
    return () => stream.close();
  }, [id]);
  const shown = inference.value;
  const title = shown?.file_name ?? id;
  useEffect(() => {
    document.title = `${word.page} · ${title} · SLEAP`;
  }, [word.page, title]);
  if (shown === null) {
    return <Notices notices={failure.value ? [failureNotice(word.absent, failure.value)] : []} />;
  }
  const status = statusOf(shown, 'infer');
  return (
    <div class="stack">
      <div class="row apart">
        <div class="row">
          <h1>{title}</h1>
          <span class={`state ${status.tone}`}>{status.word}</span>
        </div>
        <ResultActions inference={shown} />
      </div>
      <Exports inference={shown} />
      <Overlay inference={shown} />
    </div>
  );
}
