/**
 * Which view belongs to which address. Each is a file of its own that is loaded when it is first shown, so that the first curve does not
 * wait for a video player.
 */
import type { Route } from './routes.ts';
import type { ViewLoader } from './view.ts';

const PLACES: Record<string, ViewLoader> = {
  models: () => import('../models/models-view.tsx').then(file => file.ModelsView),
  compare: () => import('../compare/compare-view.tsx').then(file => file.CompareView),
  new: () => import('../new-training/new-view.tsx').then(file => file.NewView),
  results: () => import('../results/results-view.tsx').then(file => file.ResultsView),
  workers: () => import('../workers/workers-view.tsx').then(file => file.WorkersView),
};

/** `#/models/{uid}/{tab}`. */
const OF_A_MODEL: Record<string, ViewLoader> = {
  training: () => import('../training/training-view.tsx').then(file => file.TrainingView),
  samples: () => import('../samples/samples-view.tsx').then(file => file.SamplesView),
  try: () => import('../try-here/try-view.tsx').then(file => file.TryView),
};

/** `#/results/{id}`. */
const OF_A_RESULT: ViewLoader = () => import('../results/result-view.tsx').then(file => file.ResultView);

/** @returns null for an address that leads nowhere. */
export function viewOf({ path: [place = 'models', id, tab = 'training'] }: Route): ViewLoader | null {
  if (id === undefined) return PLACES[place] ?? null;
  if (place === 'models') return OF_A_MODEL[tab] ?? null;
  return place === 'results' ? OF_A_RESULT : null;
}
