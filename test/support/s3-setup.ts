/**
 * The S3 server of a test run. It takes 3.5 s to begin, so nobody waits for it here: a file that needs it does (s3-server.ts), and other files of
 * the project run meanwhile, also where it cannot be had.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { messageOf } from '../../src/errors.ts';
import { findSeaweed } from './seaweed-binary.ts';

declare module 'vitest' {
  interface ProvidedContext {
    s3: { port: number; accessKeyId: string; secretAccessKey: string };
    /** Appears when the server could not be started, and says why. */
    s3Failure: string;
  }
}

/** Its parts find each other by these. */
const PORTS = ['master', 'master.grpc', 'volume', 'volume.grpc', 'filer', 'filer.grpc', 's3', 's3.grpc'] as const;

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'sleap-test-s3-'));
  const ports = await freePorts();
  const s3Failure = join(folder, 'failure');
  const keys = { accessKeyId: 'lab', secretAccessKey: 'a/secret+of the lab' };
  project.provide('s3', { port: ports.s3, ...keys });
  project.provide('s3Failure', s3Failure);
  let server: ChildProcess | null = null;
  const starting = start(folder, ports, keys).then(
    started => {
      server = started;
    },
    error => writeFile(s3Failure, messageOf(error)),
  );
  return async () => {
    await starting;
    // What it holds may be lost, and its own way to stop takes minutes.
    if (server?.kill('SIGKILL')) await once(server, 'exit');
    for (const part of ['master', 'volume', 'filer', 's3'] as const)
      await rm(join('/tmp', `seaweedfs-${part}-grpc-${ports[`${part}.grpc`]}.sock`), { force: true });
    await rm(folder, { recursive: true, force: true });
  };
}

type Ports = Record<(typeof PORTS)[number], number>;

async function start(
  folder: string,
  ports: Ports,
  { accessKeyId, secretAccessKey }: { accessKeyId: string; secretAccessKey: string },
): Promise<ChildProcess> {
  const binary = await findSeaweed();
  const credentials = [{ accessKey: accessKeyId, secretKey: secretAccessKey }];
  const identities = [{ name: 'lab', credentials, actions: ['Admin'] }];
  await writeFile(join(folder, 'identities.json'), JSON.stringify({ identities }));
  const options = {
    ...{ dir: folder, ip: '127.0.0.1', 'ip.bind': '127.0.0.1' },
    ...{ filer: true, s3: true, 's3.config': join(folder, 'identities.json'), 's3.autoCreateBucket': false },
    ...{ 'filer.localSocket': join(folder, 'filer.sock'), 's3.localSocket': join(folder, 's3.sock') },
    // Each bucket takes seven volumes, and is refused when there are none left.
    ...{
      's3.port.iceberg': 0,
      's3.port.lance': 0,
      'master.telemetry': false,
      'master.volumeSizeLimitMB': 64,
      'volume.max': 200,
    },
    ...Object.fromEntries(PORTS.map(name => [name.replace(/^(\w+)/, '$1.port'), ports[name]])),
  };
  const args = Object.entries(options).map(([name, value]) => `-${name}=${value}`);
  return spawn(binary, ['server', ...args], { stdio: 'ignore' });
}

async function freePorts(): Promise<Ports> {
  const servers = PORTS.map(() => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map(server => once(server, 'listening')));
  const ports = servers.map(server => (server.address() as AddressInfo).port);
  await Promise.all(servers.map(server => once(server.close(), 'close')));
  return Object.fromEntries(PORTS.map((name, at) => [name, ports[at]!])) as Ports;
}
