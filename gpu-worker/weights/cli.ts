/**
 * `npm run weights -- COMMAND`: the folder of ImageNet weights, for whoever looks after a host. Exit code 0: all well; 1: a file could not
 * be had, is wrong or was refused; 2: not understood; 130 and 143: interrupted, and a download goes on from there the next time.
 */
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '../../src/config.ts';
import { AppError, messageOf } from '../../src/errors.ts';
import { CATALOG, type PublishedWeights } from './catalog.ts';
import { importWeights } from './import.ts';
import { inspect, type Presence } from './inspect.ts';
import { inMegabytes, progressLine } from './progress-line.ts';
import { type ObtainedWeights, obtainWeights, sourceOf } from './store.ts';

const USAGE = `usage: npm run weights -- COMMAND
  list              the networks, their files, what is here, licences and origins
  fetch NAME…|all   download what is not here; NAME is a network of the list
  verify            check the files that are here by their hashes
  import FILE…      bring in files that were downloaded elsewhere

The folder is WEIGHTS_DIR, or weights below DATA_DIR. WEIGHTS_MIRROR is a base URL to download from instead of the published ones.`;

interface Store {
  dir: string;
  mirror: string | undefined;
  signal: AbortSignal;
}

/** Each tells whether all was well. */
const COMMANDS: Record<string, { takesNames: boolean; run(store: Store, names: string[]): Promise<boolean> }> = {
  list: { takesNames: false, run: list },
  fetch: { takesNames: true, run: fetchAll },
  verify: { takesNames: false, run: verify },
  import: { takesNames: true, run: importAll },
};

const interrupt = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  // Once: the second Ctrl-C ends the process there and then.
  process.once(name, () => interrupt.abort(name));
}

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const [name = '', ...names] = positionalsOf(args);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name]! : null;
  if (!command || command.takesNames !== names.length > 0) {
    console.error(USAGE);
    return 2;
  }
  try {
    const { WEIGHTS_DIR, WEIGHTS_MIRROR: mirror } = readConfig(process.env);
    return (await command.run({ dir: resolve(WEIGHTS_DIR), mirror, signal: interrupt.signal }, names)) ? 0 : 1;
  } catch (error) {
    if (interrupt.signal.aborted) return 128 + constants.signals[interrupt.signal.reason as 'SIGINT' | 'SIGTERM'];
    tell(error);
    return 1;
  }
}

/** @returns none where an option was given: there are no options. */
function positionalsOf(args: string[]): string[] {
  try {
    return parseArgs({ args, allowPositionals: true }).positionals;
  } catch (error) {
    console.error(messageOf(error));
    return [];
  }
}

async function list({ dir, mirror, signal }: Store): Promise<boolean> {
  const rows = [['network', 'file', 'size', 'here', 'published hash', 'licence of the weights', 'origin']];
  for (const published of CATALOG) {
    const { network, file, megabytes, hash, licence, origin } = published;
    const state = inWords(await inspect(published, dir, signal));
    rows.push([network, file, `${megabytes} MB`, state, hash?.kind ?? 'none', licence, origin]);
  }
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)));
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    );
  console.log(`\nfolder: ${dir}\nfrom: ${mirror ?? 'where each was published (docs/weights.md)'}`);
  return true;
}

async function fetchAll({ dir, mirror, signal }: Store, names: string[]): Promise<boolean> {
  const chosen = names.includes('all') ? CATALOG : CATALOG.filter(({ network }) => names.includes(network));
  const unknown = names.filter(name => name !== 'all' && !CATALOG.some(({ network }) => network === name));
  for (const name of unknown) console.error(`${name}: no such network; npm run weights -- list shows them.`);
  let allWell = unknown.length === 0;
  for (const published of chosen) {
    const line = progressLine(published.network, process.stdout);
    try {
      const weights = await obtainWeights(published, { dir, mirror, signal, report: line.report });
      line.end();
      showObtained(published, weights);
      console.log(`  from ${sourceOf(published, mirror)}`);
    } catch (error) {
      line.end();
      signal.throwIfAborted();
      tell(error);
      allWell = false;
    }
  }
  return allWell;
}

async function verify({ dir, signal }: Store): Promise<boolean> {
  let allWell = true;
  let files = 0;
  for (const published of CATALOG) {
    const presence = await inspect(published, dir, signal);
    if (presence.verdict === 'absent') continue;
    files++;
    allWell &&= presence.verdict !== 'wrong';
    const why = presence.verdict === 'wrong' ? `: ${presence.why}` : '';
    console.log(`${published.file}: ${inWords(presence)}${why}`);
  }
  console.log(`${files} file(s) in ${dir}`);
  return allWell;
}

async function importAll({ dir, signal }: Store, files: string[]): Promise<boolean> {
  let allWell = true;
  for (const file of files) {
    try {
      const { published, ...weights } = await importWeights(file, dir, { signal });
      showObtained(published, weights);
    } catch (error) {
      signal.throwIfAborted();
      tell(error);
      allWell = false;
    }
  }
  return allWell;
}

function showObtained({ network, licence, origin }: PublishedWeights, { path, sha256, check }: ObtainedWeights): void {
  const proof = {
    'published hash': 'as published',
    'pinned hash': 'as pinned',
    'pinned now': 'no hash is published: pinned, from now on it must be this one',
  }[check];
  console.log(
    `${network}: ${path}\n  sha256 ${sha256} (${proof})\n  licence of the weights: ${licence}; origin: ${origin}`,
  );
}

function inWords(presence: Presence): string {
  switch (presence.verdict) {
    case 'absent':
      return presence.partBytes > 0 ? `part, ${inMegabytes(presence.partBytes)}` : 'no';
    case 'right':
      return presence.check === 'published hash' ? 'ok, as published' : 'ok, as pinned';
    case 'unpinned':
      return 'unpinned';
    case 'wrong':
      return 'WRONG';
  }
}

function tell(error: unknown): void {
  console.error(error instanceof AppError ? [error.message, error.remedy].filter(Boolean).join(' ') : messageOf(error));
}
