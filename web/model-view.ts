/**
 * One training: its state, controls, facts, curves and result, kept up to date by its event stream.
 *
 * Rows are held by epoch number: after a lost connection the stream sends again what was missed, and a row that comes twice changes
 * nothing.
 */
import type { EpochRow, ModelResource } from '../src/contract/model.ts';
import { ApiFailure, readModel, serverNowMs } from './api.ts';
import { createCurves } from './curves.ts';
import { element, setText } from './dom.ts';
import { formatAge, formatProgress, isEnded, kindOf, shortUid, statusOf } from './format.ts';
import { type Connection, openStream } from './live-stream.ts';
import { createControls } from './model-controls.ts';
import { BACKGROUND_FACTS, COURSE_FACTS, createFacts, pixelErrorCard } from './model-facts.ts';
import { createNotices, failureNotice, modelNotices, type Notice } from './notices.ts';
import { endRulesOf } from './training-log.ts';

export interface View {
  element: HTMLElement;
  /** Called once a second: ages and elapsed time go on without events. */
  tick: () => void;
  destroy: () => void;
}

/** A heartbeat older than this is asked for once more before anything is said about it. */
const DOUBT_AFTER_MS = 20_000;
const ASK_AGAIN_MS = 15_000;

export function createModelView(uid: string, onConnection: (connection: Connection) => void): View {
  const rows = new Map<number, EpochRow>();
  let model: ModelResource | null = null;
  let refused: Notice | null = null;
  let connection: Connection = 'connecting';
  let askedAtMs = 0;
  let frame = 0;

  const root = element('div', { class: 'model' });
  const state = element('span', { class: 'state' });
  const title = element('h1', {}, shortUid(uid));
  const notices = createNotices();
  const phase = element('span', { class: 'phase' });
  const heartbeat = element('span', { class: 'muted' });
  const bar = element('progress', { 'aria-label': 'Progress of this phase' });
  const work = element('div', { class: 'work' }, element('p', { class: 'row' }, phase, heartbeat), bar);
  const course = createFacts(COURSE_FACTS);
  const background = createFacts(BACKGROUND_FACTS);
  const curves = createCurves(`training_log_${shortUid(uid)}.csv`);
  const result = element('div', { hidden: '' });
  const configuration = element('pre');
  const controls = createControls({
    onChange: failure => {
      refused = failure === null ? null : failureNotice('That was not possible', failure);
      render();
    },
  });

  const build = () => {
    const details = element(
      'details',
      { class: 'card' },
      element('summary', {}, 'Training configuration'),
      configuration,
    );
    const heading = element('div', {}, title, state, element('p', { class: 'uid muted' }, uid));
    const header = element('header', { class: 'model-head' }, heading, controls.element);
    root.replaceChildren(
      ...[header, notices.element, work, course.element, curves.element, result, background.element, details],
    );
  };

  const orderedRows = () => [...rows.values()].sort((a, b) => a.epoch - b.epoch);

  const render = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(draw);
  };

  const draw = () => {
    if (!model || !root.isConnected) return;
    if (!phase.isConnected) build();
    const shown = { ...model, control: controls.asked(model) };
    const status = statusOf(shown);
    state.className = `state ${status.tone}`;
    setText(state, status.word);
    setText(title, `${shortUid(uid)} · ${kindOf(model)}`);
    document.title = `${status.word} · ${shortUid(uid)} · SLEAP trainings`;
    controls.update(model);
    drawWork(shown);
    // The log of an imported model may have stayed where it was trained.
    curves.element.hidden = model.origin === 'import' && rows.size === 0;
    curves.update(orderedRows(), isEnded(model.state));
    drawClock();
    if (model.pixel_error && result.hidden) {
      result.append(pixelErrorCard(model.pixel_error));
      result.hidden = false;
    }
    setText(configuration, JSON.stringify(model.training_config, null, 2));
  };

  const drawWork = ({ state: taskState, phase: word, progress }: ModelResource) => {
    work.hidden = isEnded(taskState);
    setText(phase, progress ? `${word}: ${formatProgress(progress)}` : word);
    if (progress?.total) Object.assign(bar, { max: progress.total, value: progress.done });
    else bar.removeAttribute('value');
  };

  /** What changes with time alone. */
  const drawClock = () => {
    if (!model) return;
    const nowMs = serverNowMs();
    const shown = { ...model, control: controls.asked(model) };
    const rules = endRulesOf(model.training_config);
    const known = { model: shown, rows: orderedRows(), rules, nowMs };
    course.update(known);
    background.update(known);
    const held = model.state === 'active' && model.heartbeat_at !== null;
    const heartbeatAgeMs = held ? nowMs - Date.parse(model.heartbeat_at!) : null;
    const isFresh = connection === 'live';
    const word = isFresh ? 'last heartbeat' : 'last known heartbeat';
    setText(heartbeat, heartbeatAgeMs === null ? '' : `${word} ${formatAge(heartbeatAgeMs)}`);
    const told = modelNotices(model, isFresh ? heartbeatAgeMs : null);
    notices.update(refused ? [refused, ...told] : told);
  };

  const take = (received: ModelResource) => {
    model = received;
    render();
  };

  /** Asks for the model by a plain request: when the stream was refused, and when it may have missed heartbeats. */
  const ask = async () => {
    askedAtMs = Date.now();
    try {
      take(await readModel(uid));
    } catch (failure) {
      if (!(failure instanceof ApiFailure)) throw failure;
      if (!root.isConnected) return;
      if (failure.status === 404) {
        model = null;
        stream.close();
        onConnection('ended');
      }
      if (!model) showUnreadable(failure);
    }
  };

  const showUnreadable = (failure: ApiFailure) => {
    notices.update([failureNotice('This training cannot be shown', failure)]);
    root.replaceChildren(title, notices.element);
  };

  const stream = openStream({
    url: `/api/models/${uid}/events`,
    on: {
      model: data => take(data as ModelResource),
      epoch: data => {
        const row = data as EpochRow;
        rows.set(row.epoch, row);
        render();
      },
    },
    onConnection: now => {
      connection = now;
      onConnection(now);
      render();
    },
    onRefused: () => void ask(),
  });

  return {
    element: root,
    tick: () => {
      if (!model) return;
      drawClock();
      const doubtful =
        model.state === 'active' && serverNowMs() - Date.parse(model.heartbeat_at ?? model.created_at) > DOUBT_AFTER_MS;
      if (doubtful && Date.now() - askedAtMs > ASK_AGAIN_MS) void ask();
    },
    destroy: () => {
      cancelAnimationFrame(frame);
      stream.close();
      curves.destroy();
    },
  };
}
