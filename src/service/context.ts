/** What every verb of the service gets: the database, the blobs, the limits. It knows no HTTP and no process. */
import type { BlobStore } from '../blobs/blob-store.ts';
import type { Config } from '../config.ts';
import type { Client } from '../db/client.ts';

export interface ServiceContext {
  client: Client;
  blobs: BlobStore;
  config: Config;
}
