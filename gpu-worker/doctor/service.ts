/** What the service itself needs here: its port, its page, and the folder of ImageNet weights. Changes nothing. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { faultOfListening } from '../../src/listening.ts';
import { CATALOG } from '../weights/catalog.ts';
import { sizeOf } from '../weights/inspect.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const PAGE = fileURLToPath(new URL('../../dist/web/index.html', import.meta.url));
/** As long as the device may take, which is looked at meanwhile: on a busy machine a service that is well answers late. */
const PATIENCE_MS = 60_000;

/** Free, or taken by a service that answers. Who keeps silent may be a service all the same, so that is no fault. */
export async function judgePort(host: string, port: number, patienceMs = PATIENCE_MS): Promise<Finding> {
  const fault = port === 0 ? null : await faultOfListening(host, port);
  if (fault === null) return ok('port', port === 0 ? 'any free one' : `${port} on ${host} is free`);
  if (fault.code !== 'EADDRINUSE')
    return fail(
      'port',
      `${port} on ${host} cannot be listened on (${fault.code ?? 'unknown'})`,
      'Set HOST and PORT to an address of this machine.',
    );
  const holder = await askHolder(`http://${reachable(host)}:${port}/healthz`, patienceMs);
  if (holder === 'service') return ok('port', `a service answers on port ${port} of ${host}`);
  if (holder === 'silent')
    return warn(
      'port',
      `${port} on ${host} is taken, and who has it did not answer within ${patienceMs / 1000} s`,
      `If it is the service, it is busy: try again later. Otherwise stop that program, or choose another port: PORT=${port + 1}.`,
    );
  const remedy = `Stop that program, or choose another port: PORT=${port + 1}.`;
  return fail('port', `${port} on ${host} is taken by another program`, remedy);
}

async function askHolder(url: string, patienceMs: number): Promise<'service' | 'silent' | 'other'> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(patienceMs) });
    return (await response.json()).status === 'ok' ? 'service' : 'other';
  } catch (error) {
    return (error as Error).name === 'TimeoutError' ? 'silent' : 'other';
  }
}

/** Of an address that means all of them: this machine. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

export function judgePage(): Finding {
  if (existsSync(PAGE)) return ok('page', 'built');
  return warn(
    'page',
    'not built',
    'npm start and sleap-microservice start build it; before npm run api run npx vite build.',
  );
}

/** Files that are here, not whether they are right: that is weights verify. */
export async function judgeWeights(dir: string): Promise<Finding> {
  const sizes = await Promise.all(CATALOG.map(({ file }) => sizeOf(resolve(dir, file))));
  const here = sizes.filter(size => size !== null).length;
  return ok('weights', `${here} of ${CATALOG.length} files in ${dir}; a training fetches those that it asks for`);
}
