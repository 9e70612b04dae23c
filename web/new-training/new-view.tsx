/** New training: data, what a worker sees of it, configuration, start. Four steps on one page, so that nothing is hidden behind "next". */
import { useSignalEffect } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { route } from '../frame/routes.ts';
import { words } from '../language/language.ts';
import { BasisChoice } from './basis-choice.tsx';
import { CheckStep } from './check-step.tsx';
import { basis, from } from './config-draft.ts';
import { ConfigStep } from './config-step.tsx';
import { recallCheck, takeDropped } from './data-flow.ts';
import { DataStep } from './data-step.tsx';
import { EstimateCard } from './estimate-card.tsx';
import { PeakPicture } from './peak-picture.tsx';
import { StartStep } from './start-step.tsx';
import './new-training.css';
import './report.css';

const t = words({
  en: {
    title: 'New training',
    data: 'Data',
    check: 'What a training would see',
    config: 'Configuration',
    start: 'Start',
  },
  ru: { title: 'Новое обучение', data: 'Данные', check: 'Что увидит обучение', config: 'Настройки', start: 'Запуск' },
});

export function NewView() {
  const word = t();
  const base = route.value.query.get('from');
  useSignalEffect(() => {
    document.title = `${t().title} · SLEAP`;
  });
  useEffect(() => void recallCheck(), []);
  useEffect(() => {
    if (base !== null) return;
    from.value = null;
    basis.value = 'new';
  }, [base]);
  useEffect(takeStrayDrops, []);
  const needsData = basis.value !== 'resumeSame';
  return (
    <div class="stack new-training">
      <h1>{word.title}</h1>
      {base !== null && <BasisChoice uid={base} />}
      {needsData && (
        <>
          <Step number={1} title={word.data}>
            <DataStep />
          </Step>
          <Step number={2} title={word.check}>
            <CheckStep />
          </Step>
        </>
      )}
      <Step number={needsData ? 3 : 1} title={word.config}>
        <div class="new-configure">
          <ConfigStep />
          <div class="stack new-beside">
            <EstimateCard />
            <PeakPicture />
          </div>
        </div>
      </Step>
      <Step number={needsData ? 4 : 2} title={word.start}>
        <StartStep />
      </Step>
    </div>
  );
}

/** Beside the zone, a browser would leave the page for the dropped file. @returns the end of it. */
function takeStrayDrops(): () => void {
  const over = (event: DragEvent) => {
    if (event.dataTransfer?.types.includes('Files')) event.preventDefault();
  };
  const drop = (event: DragEvent) => {
    if (event.defaultPrevented || !event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    void takeDropped(event.dataTransfer);
  };
  addEventListener('dragover', over);
  addEventListener('drop', drop);
  return () => {
    removeEventListener('dragover', over);
    removeEventListener('drop', drop);
  };
}

function Step({ number, title, children }: { number: number; title: string; children: ComponentChildren }) {
  return (
    <section class="card" aria-labelledby={`step-${number}`}>
      <header>
        <h2 id={`step-${number}`}>
          <span class="new-number" aria-hidden="true">
            {number}
          </span>{' '}
          {title}
        </h2>
      </header>
      {children}
    </section>
  );
}
