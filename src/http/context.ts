/** What the HTTP layer needs beside the service: news of changes for event streams, and what /readyz waits for. */
import type { ChangeFeed } from '../service/changes.ts';
import type { ServiceContext } from '../service/context.ts';
import type { WorkersExpected } from '../service/health.ts';

export interface AppContext extends ServiceContext {
  changes: ChangeFeed;
  /** Workers without which /readyz says no; null: the API alone. */
  workersExpected: WorkersExpected | null;
}
