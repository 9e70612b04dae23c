/** What a view is: a component that the address names (views.ts), given the address's parts alone. */
import type { ComponentType } from 'preact';

export interface ViewProps {
  /** Parts of the address behind the first: of `#/models/{uid}/samples` they are [uid, 'samples']. */
  parts: string[];
}

export type ViewLoader = () => Promise<ComponentType<ViewProps>>;
