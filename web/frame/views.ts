/**
 * Which view belongs to which address. Each is a file of its own that is loaded when it is first shown, so that the first curve does not
 * wait for a video player. A view is a component without properties other than the address's parts.
 */
import type { ComponentType } from 'preact';
import type { Route } from './routes.ts';

export interface ViewProps {
  /** Parts of the address behind the first: of `#/models/{uid}/samples` they are [uid, 'samples']. */
  parts: string[];
}
type View = ComponentType<ViewProps>;
export type ViewLoader = () => Promise<View>;

const VIEWS: Record<string, ViewLoader> = {};

const MODEL_VIEWS: Record<string, ViewLoader> = {
  training: () => import('../training/training-view.tsx').then(m => m.TrainingView),
  try: () => import('../try-here/try-view.tsx').then(loaded => loaded.TryView),
};

/** @returns null for an address that leads nowhere. */
export function viewOf({ path: [first = 'models', uid, tab = 'training'] }: Route): ViewLoader | null {
  if (first === 'models' && uid !== undefined) return MODEL_VIEWS[tab] ?? null;
  return VIEWS[first] ?? null;
}
