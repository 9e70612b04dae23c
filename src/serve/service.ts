/**
 * The service apart from any runtime: what the app works with, and the jobs that go on beside requests. Each entry of this folder adds a port
 * and a page; a server is a process that holds one service, on workerd each request opens one and closes it.
 */
import { openBlobStore } from '../blobs/open-store.ts';
import type { Config } from '../config.ts';
import { openClient } from '../db/client.ts';
import type { AppContext } from '../http/context.ts';
import { openChangeFeed } from '../service/changes.ts';
import type { ServiceContext } from '../service/context.ts';
import type { WorkersExpected } from '../service/health.ts';
import { startHousekeeping, tidy } from '../service/housekeeping.ts';
import { sendDue, startWebhookSender } from '../service/webhook-sender.ts';

export interface Service {
  ctx: AppContext;
  /** Ends all connections to the database; waits at most five seconds for running queries. */
  close(): Promise<void>;
}

export interface ServiceOptions {
  /** Most connections to the database, which open on demand. One of them listens for changes where CHANGES is listen. */
  connections: number;
  workersExpected?: WorkersExpected | null;
}

/** Opens no connection yet. */
export function openService(
  config: Config,
  databaseUrl: string,
  { connections, workersExpected = null }: ServiceOptions,
): Service {
  const client = openClient(databaseUrl, { connections, name: 'sleap api', prepare: config.CHANGES === 'listen' });
  const changes = openChangeFeed(config, client);
  return {
    ctx: { client, config, changes, workersExpected, blobs: openBlobStore(config, client.sql) },
    async close() {
      await changes.close();
      await client.close();
    },
  };
}

/** Starts what a serving process does beside requests, each job at its own pace. @returns a function that ends all of it. */
export function startJobs(ctx: ServiceContext): () => Promise<void> {
  const stops = [startHousekeeping(ctx), startWebhookSender(ctx)];
  return async () => {
    await Promise.all(stops.map(stop => stop()));
  };
}

/** Less than the minute between two rounds of wrangler.jsonc. */
const SENDING_MS = 45_000;

/** Each turn sends one message a webhook. */
async function sendAllDue(ctx: ServiceContext, until: number): Promise<void> {
  while ((await sendDue(ctx)) > 0 && Date.now() < until);
}

/** One round of the same jobs, where no process stays: on workerd a clock starts them. */
export async function runJobsOnce(ctx: ServiceContext): Promise<void> {
  // None waits for another: a bucket that is away is no reason to tell nobody anything.
  const rounds = await Promise.allSettled([tidy(ctx), sendAllDue(ctx, Date.now() + SENDING_MS)]);
  for (const round of rounds) if (round.status === 'rejected') throw round.reason;
}
