/**
 * `node --import tsx docker/prove/main.ts [FOLDER]`: executes both Dockerfiles where no container engine runs, and starts what came out of
 * them. As root on Debian with debootstrap; FOLDER (default: a new one in /tmp) takes 6 GB and keeps the base between runs.
 *
 * Proven: every RUN, COPY, CMD and HEALTHCHECK as written; the service as the user `node` in a read-only root, from a drawn dataset to a
 * predicted video (npm run demo), with a SIGTERM to the worker in the middle of the training; that a silent worker is unhealthy; that the GPU
 * worker finds a Vulkan driver and refuses to start without one. Not proven: pulling base images, compose, Docker's networks, a real GPU.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startEmbedded } from '../../src/db/embedded.ts';
import { freePort } from '../../src/db/free-port.ts';
import { build, type Image } from './build.ts';
import { Container } from './chroot.ts';
import { execForm } from './dockerfile.ts';

const context = fileURLToPath(new URL('../..', import.meta.url));
const work = resolve(process.argv[2] ?? mkdtempSync(join(tmpdir(), 'sleap-docker-')));
const KEY = 'proof';
const NODE_UID = 1000;
/** Docker's own limit of the start period, and what compose.yaml grants a stopping worker. */
const START_SECONDS = 60;
const STOP_SECONDS = 30;

mkdirSync(work, { recursive: true });
const images = {
  api: await make('api.Dockerfile'),
  cpu: await make('gpu-worker.Dockerfile', { DEVICE: 'cpu' }),
  gpu: await make('gpu-worker.Dockerfile', { DEVICE: 'gpu' }),
};
const database = await startEmbedded(join(work, 'database'));
const running: Container[] = [];
try {
  const port = await freePort();
  const api = await start(images.api, 'api', { API_KEYS: KEY, PORT: `${port}` });
  await proveRestart(`http://127.0.0.1:${port}`);
  await proveGpu();
  await stop(api, 'api');
} finally {
  for (const container of running) container.kill();
  await database.stop();
}
console.log(`Done. The roots lie in ${work}.`);

/** A worker that is stopped in the middle of a training leaves it to the next one, which ends it. */
async function proveRestart(url: string): Promise<void> {
  const first = await start(images.cpu, 'worker-cpu');
  const demo = spawn('npm', ['run', '--silent', 'demo'], {
    cwd: context,
    env: { ...process.env, SLEAP_URL: url, SLEAP_API_KEY: KEY },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(demo, 'exit');
  let printed = '';
  for (const stream of [demo.stdout, demo.stderr]) stream.on('data', chunk => (printed += chunk));
  while (!/epoch \d/.test(printed) && demo.exitCode === null) await sleep(100);
  await stop(first, 'worker-cpu');
  if (!first.output.includes(' released')) throw new Error(`The task was not given back:\n${first.output}`);
  const second = await start(images.cpu, 'worker-cpu');
  const [code] = await ended;
  console.log(printed);
  if (code !== 0) throw new Error(`The demo ended with code ${code}.`);
  await stop(second, 'worker-cpu');
}

/** Without a driver it refuses to start. With Mesa's CPU driver, which the image left out, it starts, and is unhealthy once it is silent. */
async function proveGpu(): Promise<void> {
  const alone = launch(images.gpu, 'worker-gpu');
  if ((await alone.ended()) !== 1) throw new Error(`It started without a GPU:\n${alone.output}`);
  console.log(`worker-gpu without a GPU: ${alone.output.trim().split('\n').at(-1)}`);

  const driver = { ICD: { api_version: '1.4.305', library_path: 'libvulkan_lvp.so' }, file_format_version: '1.0.0' };
  writeFileSync(join(volume('worker-gpu-data'), 'driver.json'), JSON.stringify(driver));
  const env = { VK_DRIVER_FILES: '/data/driver.json', LEASE_SECONDS: '3' };
  const worker = await start(images.gpu, 'worker-gpu', env);
  console.log(/Worker .*/.exec(worker.output)?.[0]);
  worker.signal('SIGSTOP');
  await sleep(4000);
  const silent = await worker.check(execForm(images.gpu.healthcheck));
  worker.signal('SIGCONT');
  console.log(`worker-gpu's health check exits with ${silent} when it is silent`);
  if (silent !== 1) throw new Error('A silent worker is healthy.');
  await stop(worker, 'worker-gpu');
}

function make(file: string, buildArgs: Record<string, string> = {}): Promise<Image> {
  console.log(`${file} ${JSON.stringify(buildArgs)}`);
  return build(work, join(context, 'docker', file), { context, buildArgs });
}

/** Starts the image's own CMD as `docker run` does. */
function launch(image: Image, name: string, env: Record<string, string> = {}): Container {
  const volumes = name === 'api' ? {} : { '/data': volume(`${name}-data`), '/weights': volume('weights') };
  const at = { ...image, env: { ...image.env, DATABASE_URL: database.url, ...env } };
  const container = new Container(at, execForm(image.command), { name, volumes });
  running.push(container);
  return container;
}

/** Launches it and waits until the image's own HEALTHCHECK says yes. */
async function start(image: Image, name: string, env: Record<string, string> = {}): Promise<Container> {
  const container = launch(image, name, env);
  const seconds = await container.healthy(execForm(image.healthcheck), START_SECONDS);
  console.log(`${name} is healthy after ${seconds.toFixed(1)} s`);
  return container;
}

/** As Docker makes a volume of a folder of the image: with its owner. */
function volume(name: string): string {
  const folder = join(work, 'volumes', name);
  mkdirSync(folder, { recursive: true });
  chownSync(folder, NODE_UID, NODE_UID);
  return folder;
}

async function stop(container: Container, name: string): Promise<void> {
  const began = Date.now();
  container.signal('SIGTERM');
  const code = await container.ended();
  const seconds = (Date.now() - began) / 1000;
  console.log(`${name} ended with code ${code} ${seconds.toFixed(1)} s after SIGTERM`);
  if (code !== 0 || seconds > STOP_SECONDS) throw new Error(`${name}:\n${container.output}`);
}
