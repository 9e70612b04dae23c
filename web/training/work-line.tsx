/** What is being done right now and how far it is, with the last sign of life of whoever does it. Nothing once the training has ended. */
import type { ModelResource } from '../../src/contract/model.ts';
import { connection } from '../frame/connection.ts';
import { words } from '../language/language.ts';
import { formatAge, formatCount } from '../language/numbers.ts';
import { formatProgress, isEnded, phaseOf } from '../language/state-words.ts';
import { heartbeatAgeMs } from './model-notices.ts';

const t = words({
  en: {
    heartbeat: 'last heartbeat',
    known: 'last known heartbeat',
    progress: 'Progress of this phase',
    epoch: 'epoch',
  },
  ru: {
    heartbeat: 'последний отклик',
    known: 'последний известный отклик',
    progress: 'Прогресс этого этапа',
    epoch: 'эпоха',
  },
});

export function WorkLine({ model }: { model: ModelResource }) {
  if (isEnded(model.state)) return null;
  const word = t();
  const { progress } = model;
  const ageMs = heartbeatAgeMs(model);
  const isOfEpoch = progress?.epoch !== undefined && model.phase === 'training';
  const phase = isOfEpoch ? `${phaseOf(model)}, ${word.epoch} ${formatCount(progress.epoch!)}` : phaseOf(model);
  return (
    <div class="work">
      <p class="row apart">
        <span>{progress ? `${phase}: ${formatProgress(progress)}` : phase}</span>
        {ageMs !== null && (
          <span class="muted small">
            {connection.value === 'live' ? word.heartbeat : word.known} {formatAge(ageMs)}
          </span>
        )}
      </p>
      {progress?.total ? <progress aria-label={word.progress} max={progress.total} value={progress.done} /> : null}
    </div>
  );
}
