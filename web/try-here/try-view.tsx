/**
 * Try it here: the trained model runs in the reader's own browser, on a picture, a clip or the camera. The model comes from the service;
 * after that nothing is asked of it and nothing is sent to it.
 */
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { SleapError } from '../../client/sleap-error.ts';
import type { ModelResource } from '../../src/contract/model.ts';
import { useModel } from '../api/model-store.ts';
import { failureNotice, type Notice, Notices } from '../frame/notices.tsx';
import type { ViewProps } from '../frame/view.ts';
import { words } from '../language/language.ts';
import { titleOf } from '../models/model-words.ts';
import { ModelHead } from '../training/model-head.tsx';
import { EngineStep } from './engine-step.tsx';
import { type ModelOffer, offerOf } from './model-download.ts';
import { SourceStep } from './source-step.tsx';
import { Stage } from './stage.tsx';
import { Trial } from './trial.ts';
import './try.css';

const t = words({
  en: {
    title: 'Try it here',
    privacy:
      'The model runs in this browser. Pictures, clips and what the camera sees stay on this machine: nothing is sent anywhere.',
    reading: 'Reading what the model is…',
    cannotRun: 'This model cannot run in a browser',
    nothingYet: 'There is nothing to run yet',
    training: 'The files for the browser are written when the training ends.',
    noWeights: 'This training ended before it had any weights.',
  },
  ru: {
    title: 'Попробовать здесь',
    privacy:
      'Модель работает в этом браузере. Снимки, видео и картинка с камеры остаются на этом компьютере: никуда ничего не отправляется.',
    reading: 'Читаем, что это за модель…',
    cannotRun: 'Эта модель не может работать в браузере',
    nothingYet: 'Запускать пока нечего',
    training: 'Файлы для браузера появятся, когда обучение закончится.',
    noWeights: 'Это обучение закончилось раньше, чем появились веса.',
  },
});

export function TryView({ parts: [uid = ''] }: ViewProps) {
  const { model } = useModel(uid);
  const offer = useSignal<ModelOffer | null>(null);
  const refusal = useSignal<SleapError | null>(null);
  const known = model.value;
  const isReady = known?.has_weights === true && !known.currently_training;
  useEffect(() => {
    document.title = `${t().title} · ${known ? titleOf(known) : uid} · SLEAP`;
  });
  useEffect(() => {
    if (!isReady) return;
    const leaving = new AbortController();
    offerOf(uid, leaving.signal).then(
      found => {
        offer.value = found;
      },
      thrown => {
        if (leaving.signal.aborted) return;
        if (!(thrown instanceof SleapError)) throw thrown;
        refusal.value = thrown;
      },
    );
    return () => leaving.abort();
  }, [uid, isReady]);
  const notice = noticeFor(known, refusal.value);
  return (
    <div class="stack">
      <ModelHead uid={uid} />
      <p class="try-privacy">{t().privacy}</p>
      <Notices notices={notice ? [notice] : []} />
      {known && offer.value === null && !notice && <p class="muted">{t().reading}</p>}
      {offer.value && <Steps offer={offer.value} />}
    </div>
  );
}

function Steps({ offer }: { offer: ModelOffer }) {
  const trial = useMemo(() => new Trial(offer), [offer]);
  useEffect(() => () => trial.close(), [trial]);
  return (
    <>
      <EngineStep offer={offer} trial={trial} />
      {trial.engine.value.step !== 'none' && <SourceStep trial={trial} />}
      {trial.source.value && <Stage key={trial.source.value} offer={offer} trial={trial} source={trial.source.value} />}
    </>
  );
}

function noticeFor(model: ModelResource | null, refusal: SleapError | null): Notice | null {
  if (refusal) return failureNotice(t().cannotRun, refusal);
  if (model === null || (model.has_weights && !model.currently_training)) return null;
  return { tone: 'info', title: t().nothingYet, text: model.currently_training ? t().training : t().noWeights };
}
