/** One training: what it does, its curves as they grow, how good it is, what happened, and what it was told to do. */

import { useEffect, useMemo } from 'preact/hooks';
import { useModel } from '../api/model-store.ts';
import { Notices } from '../frame/notices.tsx';
import type { ViewProps } from '../frame/views.ts';
import { isEnded } from '../language/state-words.ts';
import { modelStatus, shortUid, titleOf } from '../models/model-words.ts';
import { Configuration } from './configuration.tsx';
import { curveWords } from './curve-words.ts';
import { useCurves } from './curves.ts';
import { CurvesCard } from './curves-card.tsx';
import { useEpochErrors } from './epoch-errors.ts';
import { ErrorsCard } from './errors-card.tsx';
import { BackgroundFacts, CourseFacts } from './facts.tsx';
import { LogTail } from './log-tail.tsx';
import { ModelHead } from './model-head.tsx';
import { modelNotices } from './model-notices.ts';
import { ResultCard } from './result-card.tsx';
import './training.css';
import { WorkLine } from './work-line.tsx';

export function TrainingView({ parts: [uid = ''] }: ViewProps) {
  const store = useModel(uid);
  const curves = useCurves(store);
  const errors = useEpochErrors(uid, store);
  const model = store.model.value;
  const taskId = model?.task_id;
  const titled = model && `${modelStatus(model).word} · ${titleOf(model)} · SLEAP`;
  useEffect(() => {
    if (titled) document.title = titled;
  }, [titled]);
  // Epochs come ten a second, and two hundred lines need not be looked through for each.
  const log = useMemo(() => taskId && <LogTail store={store} taskId={taskId} />, [store, taskId]);
  if (model === null) return <ModelHead uid={uid} />;
  const rows = store.rows.value;
  const word = curveWords();
  const nothing = model.origin === 'import' ? word.noLog : word.none;
  const title = titleOf(model);
  return (
    <div class="stack">
      <ModelHead uid={uid} />
      <Notices notices={modelNotices(model)} />
      <WorkLine model={model} />
      {(rows.length > 0 || model.started_training_at !== null) && (
        <div class="card">
          <CourseFacts model={model} rows={rows} />
        </div>
      )}
      {/* What an import brings along is known once it has ended. */}
      {(model.origin === 'training' || isEnded(model.state)) && (
        <CurvesCard
          curves={curves}
          title={title}
          fileName={`training_log_${shortUid(uid)}`}
          errors={errors.errors.value}
          empty={isEnded(model.state) ? nothing : word.noneYet}
        />
      )}
      <ErrorsCard curves={curves} store={errors} title={title} fileName={`training_errors_${shortUid(uid)}`} />
      <div class="training-columns">
        <ResultCard model={model} />
        <div class="card">
          <BackgroundFacts model={model} rows={rows} />
        </div>
      </div>
      {log}
      <Configuration config={model.training_config} />
    </div>
  );
}
