import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startEmbedded } from '../../src/db/embedded.ts';
import { migrateDatabase } from '../../src/db/migrate.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sleap-test-embedded-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

async function query<T>(url: string, text: string): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  const [row] = await sql.unsafe(text);
  await sql.end();
  return row as T;
}

it('starts under a 0700 folder, keeps its data over a stop, and answers nobody without its password', async () => {
  chmodSync(home, 0o700);
  const dataDir = join(home, '.data');
  const first = await startEmbedded(dataDir);
  expect(first.adopted).toBe(false);
  await query(first.url, 'create table kept as select 42 as answer');
  await expect(query(first.url.replace(/:[^:@]+@/, ':wrong@'), 'select 1')).rejects.toThrow(/password/);
  await first.stop();
  await expect(query(first.url, 'select 1')).rejects.toThrow();

  const second = await startEmbedded(dataDir);
  expect(await query(second.url, 'select answer from kept')).toEqual({ answer: 42 });
  await second.stop();
  // Under root the data lies elsewhere when `nobody` cannot enter DATA_DIR; nothing may stay there after the test.
  const { data } = await import('../../src/db/embedded-paths.ts').then(paths => paths.locateFolders(dataDir));
  rmSync(data, { recursive: true, force: true });
});

/** A service in a process of its own, as far as the database is concerned. */
async function serviceOn(dataDir: string): Promise<ChildProcess> {
  const module = new URL('../../src/db/embedded.ts', import.meta.url).href;
  const program = `import(${JSON.stringify(module)}).then(m => m.startEmbedded(${JSON.stringify(dataDir)})).then(() => console.log('up'))`;
  const service = spawn(process.execPath, ['--import', 'tsx', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(service.stdout!, 'data');
  return service;
}

it('takes over the server of a service that was killed, and keeps away from that of one that lives', async () => {
  chmodSync(home, 0o755);
  const dataDir = join(home, 'data');
  const service = await serviceOn(dataDir);
  const refused = expect.objectContaining({ code: 'database_unavailable', message: expect.stringContaining('in use') });
  await expect(startEmbedded(dataDir, { waitMs: 300 })).rejects.toEqual(refused);

  service.kill('SIGKILL');
  await once(service, 'exit');
  const found = await startEmbedded(dataDir);
  expect(found.adopted).toBe(true);
  await found.stop();
  expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false);
});

it('begins anew where a first start was killed half-way through', async () => {
  const dataDir = join(home, 'data');
  chmodSync(home, 0o755);
  mkdirSync(join(dataDir, 'postgres', 'base'), { recursive: true });
  const server = await startEmbedded(dataDir);
  expect(await query(server.url, 'select 1 as one')).toEqual({ one: 1 });
  await server.stop();
});

it('many processes may migrate at once', async () => {
  const dataDir = join(home, 'data');
  chmodSync(home, 0o755);
  const server = await startEmbedded(dataDir, { settings: { fsync: 'off' } });
  await Promise.all([1, 2, 3, 4].map(() => migrateDatabase(server.url)));
  const tables = "select count(*)::int as n from information_schema.tables where table_schema = 'public'";
  const folder = new URL('../../src/db/migrations/', import.meta.url);
  const statements = readdirSync(folder)
    .filter(name => name.endsWith('.sql'))
    .map(name => readFileSync(new URL(name, folder), 'utf8'));
  const created = statements.join('\n').match(/CREATE TABLE/g)!.length;
  expect(await query(server.url, tables)).toEqual({ n: created });
  await server.stop();
});

it('a server that cannot be reached is reported as such', async () => {
  const error = expect.objectContaining({
    code: 'database_unavailable',
    remedy: expect.stringContaining('DATABASE_URL'),
  });
  await expect(migrateDatabase('postgres://postgres@127.0.0.1:1/none')).rejects.toEqual(error);
});
