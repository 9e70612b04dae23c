/** What is seen of one training: its state, controls, facts, curves and result. It draws what it is given and asks for nothing. */
import type { EpochRow, ModelResource } from '../src/contract/model.ts';
import { type ApiFailure, serverNowMs } from './api.ts';
import { Curves } from './curves.ts';
import { element, setText } from './dom.ts';
import { formatAge, formatProgress, isEnded, kindOf, shortUid, statusOf } from './format.ts';
import { type ControlEvents, createControls } from './model-controls.ts';
import { BACKGROUND_FACTS, COURSE_FACTS, createFacts, pixelErrorCard } from './model-facts.ts';
import { createNotices, failureNotice, modelNotices, type Notice } from './notices.ts';
import { endRulesOf } from './training-log.ts';

/** What is known of a training. */
export interface Known {
  model: ModelResource;
  /** Ordered by epoch. */
  rows: readonly EpochRow[];
  /** Why what was asked last did not happen. */
  refused: Notice | null;
  /** Whether news of it comes as it happens. */
  isLive: boolean;
}

export class ModelPage {
  readonly element = element('div', { class: 'model' });
  readonly #uid: string;
  readonly #state = element('span', { class: 'state' });
  readonly #title: HTMLHeadingElement;
  readonly #notices = createNotices();
  readonly #phase = element('span', { class: 'phase' });
  readonly #heartbeat = element('span', { class: 'muted' });
  readonly #bar = element('progress', { 'aria-label': 'Progress of this phase' });
  readonly #work: HTMLElement;
  readonly #course = createFacts(COURSE_FACTS);
  readonly #background = createFacts(BACKGROUND_FACTS);
  readonly #curves: Curves;
  readonly #result = element('div', { hidden: '' });
  readonly #configuration = element('pre');
  readonly #controls: ReturnType<typeof createControls>;

  constructor(uid: string, events: ControlEvents) {
    this.#uid = uid;
    this.#title = element('h1', {}, shortUid(uid));
    this.#curves = new Curves(`training_log_${shortUid(uid)}.csv`);
    this.#controls = createControls(events);
    const line = element('p', { class: 'row' }, this.#phase, this.#heartbeat);
    this.#work = element('div', { class: 'work' }, line, this.#bar);
  }

  draw(known: Known): void {
    const { model, rows } = known;
    if (!this.#phase.isConnected) this.#build();
    const shown = this.#asAsked(model);
    const status = statusOf(shown);
    this.#state.className = `state ${status.tone}`;
    setText(this.#state, status.word);
    setText(this.#title, `${shortUid(this.#uid)} · ${kindOf(model)}`);
    document.title = `${status.word} · ${shortUid(this.#uid)} · SLEAP trainings`;
    this.#controls.update(model);
    this.#drawWork(shown);
    // The log of an imported model may have stayed where it was trained.
    this.#curves.element.hidden = model.origin === 'import' && rows.length === 0;
    this.#curves.update(rows, isEnded(model.state));
    this.drawClock(known);
    if (model.pixel_error && this.#result.hidden) {
      this.#result.append(pixelErrorCard(model.pixel_error));
      this.#result.hidden = false;
    }
    setText(this.#configuration, JSON.stringify(model.training_config, null, 2));
  }

  /** What changes with time alone. */
  drawClock({ model, rows, refused, isLive }: Known): void {
    const nowMs = serverNowMs();
    const facts = { model: this.#asAsked(model), rows, rules: endRulesOf(model.training_config), nowMs };
    this.#course.update(facts);
    this.#background.update(facts);
    const isHeld = model.state === 'active' && model.heartbeat_at !== null;
    const heartbeatAgeMs = isHeld ? nowMs - Date.parse(model.heartbeat_at!) : null;
    const word = isLive ? 'last heartbeat' : 'last known heartbeat';
    setText(this.#heartbeat, heartbeatAgeMs === null ? '' : `${word} ${formatAge(heartbeatAgeMs)}`);
    const told = modelNotices(model, isLive ? heartbeatAgeMs : null);
    this.#notices.update(refused ? [refused, ...told] : told);
  }

  showUnreadable(failure: ApiFailure): void {
    this.#notices.update([failureNotice('This training cannot be shown', failure)]);
    this.element.replaceChildren(this.#title, this.#notices.element);
  }

  destroy(): void {
    this.#curves.destroy();
  }

  /** With what was asked for here, before the service says the same. */
  #asAsked(model: ModelResource): ModelResource {
    return { ...model, control: this.#controls.asked(model) };
  }

  #build(): void {
    const identity = element('p', { class: 'uid muted' }, this.#uid);
    const heading = element('div', {}, this.#title, this.#state, identity);
    const summary = element('summary', {}, 'Training configuration');
    this.element.replaceChildren(
      element('header', { class: 'model-head' }, heading, this.#controls.element),
      this.#notices.element,
      this.#work,
      this.#course.element,
      this.#curves.element,
      this.#result,
      this.#background.element,
      element('details', { class: 'card' }, summary, this.#configuration),
    );
  }

  #drawWork({ state, phase, progress }: ModelResource): void {
    this.#work.hidden = isEnded(state);
    setText(this.#phase, progress ? `${phase}: ${formatProgress(progress)}` : phase);
    if (progress?.total) Object.assign(this.#bar, { max: progress.total, value: progress.done });
    else this.#bar.removeAttribute('value');
  }
}
