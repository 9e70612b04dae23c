/**
 * The worker: `npm run worker` with DATABASE_URL set, on any host that reaches the database. It opens no port.
 * The first SIGTERM or SIGINT drains (the running task goes back to the queue after its batch), the second ends at once.
 */
import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { readConfig } from '../src/config.ts';
import { openClient } from '../src/db/client.ts';
import { isAlive } from '../src/db/process-alive.ts';
import { AppError } from '../src/errors.ts';
import { configureLog } from '../src/log.ts';
import { computeProcess } from './compute-process.ts';
import { COMPUTE_KINDS, READING_KINDS } from './lanes.ts';
import { ReadingProcess } from './reading-process.ts';
import { Supervisor } from './supervisor.ts';

try {
  const config = readConfig(process.env);
  await configureLog({ logLevel: config.LOG_LEVEL, logFormat: config.LOG_FORMAT });
  if (!config.DATABASE_URL) {
    throw new AppError('configuration_invalid', 'DATABASE_URL is not set.', {
      remedy: 'Set it to the database the API uses, or use npm start.',
    });
  }
  const scratch = resolve(config.DATA_DIR, 'scratch');
  await removeLeftovers(scratch);
  const client = openClient(config.DATABASE_URL, { connections: 4, name: 'sleap worker' });
  const own = join(scratch, String(process.pid));
  const name = `${hostname()}:${process.pid}:${randomBytes(3).toString('hex')}`;
  const lanes = [
    { name, kinds: COMPUTE_KINDS, process: computeProcess(process.env, join(own, 'compute')), isListed: true },
    {
      name: `${name}:reading`,
      kinds: READING_KINDS,
      process: new ReadingProcess(process.env, join(own, 'reading')),
      isListed: false,
    },
  ].map(lane => new Supervisor(client, config, lane));
  const drain = () => {
    for (const lane of lanes) lane.drain();
  };

  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, drain);
  // Started by `npm start`, whose end by kill -9 must not leave workers behind.
  process.once('disconnect', drain);
  await Promise.all(lanes.map(lane => lane.run()));
  await client.close();
  process.exit(0);
} catch (error) {
  console.error(error instanceof AppError ? [error.message, error.remedy].filter(Boolean).join(' ') : error);
  process.exit(1);
}

/** Scratch folders of supervisors that were killed. */
async function removeLeftovers(scratch: string): Promise<void> {
  for (const pid of await readdir(scratch).catch(() => [] as string[])) {
    if (!isAlive(Number(pid))) await rm(join(scratch, pid), { recursive: true, force: true });
  }
}
