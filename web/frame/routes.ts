/**
 * The address after # says what is shown, so that back, forward, bookmarks and sent links work, and any static file server will do:
 * `#/models/{uid}`, `#/results/12?frame=40`. Settings that a link should carry stand in its query.
 */
import { computed, signal } from '@preact/signals';

export interface Route {
  /** The parts of the path: `['models', uid, 'samples']`; empty for the start. */
  path: string[];
  query: URLSearchParams;
}

const hash = signal(location.hash);
addEventListener('hashchange', () => {
  hash.value = location.hash;
});

export const route = computed<Route>(() => parseRoute(hash.value));

/** @param text `#/models/x?tab=y`, as location.hash has it. */
function parseRoute(text: string): Route {
  const [path = '', query = ''] = text.replace(/^#?\/?/, '').split('?', 2);
  return { path: path.split('/').filter(Boolean).map(decodePart), query: new URLSearchParams(query) };
}

/** The address of a view, for links. Values that are null or empty are left out of the query. */
export function hrefOf(path: readonly (string | number)[], query: Record<string, string | number | null> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== '');
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return `#/${path.map(part => encodeURIComponent(part)).join('/')}${given.length > 0 ? `?${text}` : ''}`;
}

export function go(path: readonly (string | number)[], query?: Record<string, string | number | null>): void {
  location.hash = hrefOf(path, query);
}

/** Changes the query of the present address without a step in the history: for what moves all the time, as the frame of a video does. */
export function replaceQuery(changes: Record<string, string | number | null>): void {
  const { path, query } = route.peek();
  const changed = { ...Object.fromEntries(query), ...changes };
  history.replaceState(history.state, '', hrefOf(path, changed));
  hash.value = location.hash;
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a lone %
  }
}
