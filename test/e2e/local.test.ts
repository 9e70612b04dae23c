/** `npm start` as a person uses it: started, killed, started again, stopped. What its page shows: page-road.test.ts. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../src/db/free-port.ts';
import { packDataset, TINY } from '../support/lab.ts';

const EPOCHS = 6;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const dataDir = mkdtempSync(join(tmpdir(), 'sleap-test-local-'));
let service: ChildProcess;
let url: string;
let output = '';

beforeAll(async () => {
  chmodSync(dataDir, 0o755); // as in test/support/global-setup.ts
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  await start(port);
});
afterAll(async () => {
  if (service.exitCode === null && service.signalCode === null) {
    service.kill('SIGINT');
    await once(service, 'exit');
  }
  rmSync(dataDir, { recursive: true, force: true });
});

/** Resolves once /readyz says yes. @returns the seconds that took. */
async function start(port: number): Promise<number> {
  const begun = Date.now();
  output = '';
  const env = {
    ...process.env,
    PORT: String(port),
    DATA_DIR: dataDir,
    BACKEND: 'wasm',
    LEASE_SECONDS: '2',
    NO_COLOR: '1',
  };
  service = spawn(process.execPath, ['--import', 'tsx', 'src/serve/local.ts'], { cwd: ROOT, env });
  for (const stream of [service.stdout!, service.stderr!]) stream.on('data', data => (output += data));
  while (
    !(await fetch(`${url}/readyz`).then(
      response => response.ok,
      () => false,
    ))
  ) {
    if (service.exitCode !== null || Date.now() - begun > 60_000) throw new Error(`It did not start:\n${output}`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  return (Date.now() - begun) / 1000;
}

const portOf = () => Number(new URL(url).port);

/** Processes whose environment names this test's data folder, Postgres aside, which is found by its pid file. */
function processesLeft(): string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap(pid => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        return environment.includes(`DATA_DIR=${dataDir}`)
          ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')]
          : [];
      } catch {
        return []; // ended between the two reads, or not ours to read
      }
    });
}

async function train(config: object): Promise<string> {
  const body = { training_dataset: (await packDataset()).toString('base64'), training_config: { ...TINY, ...config } };
  const headers = { 'Content-Type': 'application/json' };
  const response = await fetch(`${url}/api/train-network`, { method: 'POST', headers, body: JSON.stringify(body) });
  return (await response.json()).model_uid;
}

it('serves the page', async () => {
  const answer = await fetch(url);
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('<title>SLEAP');
});

it('killed with kill -9 in the middle of a training, it finds its database again and finishes the training', async () => {
  const uid = await train({
    num_epochs: EPOCHS,
    // So long that the training is still under way when its second epoch is seen.
    batches_per_epoch: 80,
    early_stopping: { stop_training_on_plateau: false },
  });
  const model = async () => (await fetch(`${url}/api/models/${uid}`)).json();
  await expect.poll(async () => (await model()).epochs, { timeout: 60_000 }).toBeGreaterThan(1);
  const { task_id: id } = await model();
  const task = async () => (await fetch(`${url}/api/tasks/${id}`)).json();
  const { worker } = await task();
  expect(worker).toEqual(expect.any(String));
  service.kill('SIGKILL');
  await once(service, 'exit');
  await expect
    .poll(() => processesLeft().filter(command => !command.includes('postgres')), { timeout: 20_000 })
    .toEqual([]);

  await start(portOf());
  expect(output).toContain('Found the running database');
  await expect.poll(async () => (await model()).state, { timeout: 60_000 }).toBe('succeeded');
  // It was not done when its worker died.
  expect((await task()).worker).not.toBe(worker);
  const stats = await (await fetch(`${url}/api/learning-stats?model_uid=${uid}`)).json();
  expect(Object.keys(stats.loss)).toEqual(Array.from({ length: EPOCHS }, (_, epoch) => String(epoch)));
});

it('says in one sentence that its port is taken, and makes no database for nothing', async () => {
  const dataOfSecond = join(dataDir, 'second');
  const env = { ...process.env, PORT: String(portOf()), DATA_DIR: dataOfSecond };
  const second = spawn(process.execPath, ['--import', 'tsx', 'src/serve/local.ts'], { cwd: ROOT, env });
  let words = '';
  second.stderr.on('data', data => (words += data));
  expect((await once(second, 'exit'))[0]).toBe(1);
  expect(words).toContain(`Port ${portOf()} on 127.0.0.1 is taken`);
  expect(existsSync(dataOfSecond)).toBe(false);
});

it('stops all of it on Ctrl-C: workers, API and database', async () => {
  service.kill('SIGINT');
  expect((await once(service, 'exit'))[0]).toBe(0);
  expect(processesLeft()).toEqual([]);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});
