/**
 * The page: a list of trainings, and beside it the one that the address names (#/models/{uid}), so that back, forward and a sent link
 * work. Everything shown comes from two event streams; the page keeps nothing of its own.
 */
import type { ModelResource } from '../src/contract/model.ts';
import { readModels } from './api.ts';
import { element, setText } from './dom.ts';
import { type Connection, openStream } from './live-stream.ts';
import { createModelList } from './model-list.ts';
import { ModelView, type View } from './model-view.ts';
import { createNotices, failureNotice } from './notices.ts';
import './theme.css';
import './page.css';
import './model.css';
import './controls.css';
import { showWelcome } from './welcome.ts';

const MODEL_ROUTE = /^#\/models\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

const host = document.getElementById('view')!;
const nav = document.getElementById('models')!;
const indicator = document.getElementById('connection')!;

nav.append(element('h2', { class: 'visually-hidden' }, 'Trainings'));
const listNotices = createNotices();
nav.parentElement!.before(listNotices.element);
const list = createModelList(nav);
const connections: { list: Connection; model: Connection | null } = { list: 'connecting', model: null };
let view: View | null = null;
let modelCount: number | null = null;

/** The worse of the two streams; one that has ended has nothing left to lose. */
function showConnection(): void {
  const open = [connections.list, connections.model];
  const word = open.includes('reconnecting') ? 'reconnecting…' : open.includes('connecting') ? 'connecting…' : 'live';
  setText(indicator, word);
  indicator.classList.toggle('live', word === 'live');
}

function route(): void {
  const uid = MODEL_ROUTE.exec(location.hash)?.[1] ?? null;
  view?.destroy();
  view = null;
  connections.model = uid === null ? null : 'connecting';
  list.select(uid);
  document.body.classList.toggle('has-model', uid !== null);
  if (uid === null) showWelcome(host, modelCount);
  else {
    view = new ModelView(uid, connection => {
      connections.model = connection;
      showConnection();
    });
    host.replaceChildren(view.element);
  }
  showEmptiness();
  showConnection();
}

/** With nothing to list, the first steps have the page to themselves. */
function showEmptiness(): void {
  document.body.classList.toggle('is-empty', view === null && modelCount === 0);
}

function showModels(models: readonly ModelResource[]): void {
  list.update(models);
  listNotices.update([]);
  const isNews = modelCount === null || modelCount > 0 !== models.length > 0;
  modelCount = models.length;
  showEmptiness();
  if (view === null && isNews) showWelcome(host, modelCount);
}

async function explainRefusal(): Promise<void> {
  try {
    showModels((await readModels()).models);
  } catch (failure) {
    listNotices.update([failureNotice('The list cannot be brought up to date', failure)]);
  }
}

openStream({
  url: '/api/models/events',
  on: { models: data => showModels((data as { models: ModelResource[] }).models) },
  onConnection: connection => {
    connections.list = connection;
    showConnection();
  },
  onRefused: () => void explainRefusal(),
});

document.getElementById('skip')!.addEventListener('click', event => {
  event.preventDefault();
  host.focus();
});
addEventListener('hashchange', route);
setInterval(() => {
  list.tick();
  view?.tick();
}, 1000);
route();
