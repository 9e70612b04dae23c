/**
 * A GPU for the tests of the WebGPU kernels: the machine's own, or Mesa's lavapipe, a Vulkan driver that computes on the CPU.
 *
 * Set up once, before the forks of vitest's project `webgpu` start: the dynamic linker reads LD_LIBRARY_PATH at a process's start only. Vitest gives
 * a project's `config.env` to its own forks and to no others, so that other tests still see the machine as it is. The release's own Mesa may be too
 * old for Dawn, so the driver comes from Debian's backports, found through the machine's apt sources. Nothing is installed: the packages that the
 * machine lacks are unpacked into the user's cache folder, which also keeps the compiled shaders (compiling them anew takes ten times as long as
 * the tests). No root is needed, and an apt that runs meanwhile is not disturbed.
 */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { probeAdapter } from '../../gpu-worker/device/webgpu.ts';
import { machineSources, withBackports } from './apt-sources.ts';

const PACKAGES = ['mesa-vulkan-drivers', 'libvulkan1'];
/** The machine's own must be used: Node is linked with them. */
const NEVER_UNPACKED = /^(libc6|libc-bin|libgcc-s1|gcc-\d+-base|libstdc\+\+6)_/;
const APT_TIMEOUT_MS = 300_000;
/** Narrow vectors and no optimisation: a convolution's shader compiles in 0.30 s instead of 0.87 s, and tests run it on a few pixels. */
const QUICK_COMPILER = { LP_NATIVE_VECTOR_WIDTH: '128', GALLIVM_PERF: 'nopt' };

export default async function setup(project: TestProject): Promise<void> {
  const { adapter } = await probeAdapter();
  if (adapter !== null) return;
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sleap-microservice');
  const folder = join(cache, 'lavapipe');
  if (!seesAdapter(environment(cache, folder))) install(cache, folder);
  Object.assign(project.config.env, environment(cache, folder));
}

/** What makes a process find the driver in `folder`, or null when there is none. */
function environment(cache: string, folder: string): Record<string, string> | null {
  const driver = driverIn(folder);
  if (driver === null) return null;
  const architecture = basename(dirname(driver)); // such as x86_64-linux-gnu
  const libraries = ['usr/lib', 'lib'].map(path => join(folder, path, architecture));
  const description = join(folder, 'lavapipe.json');
  return {
    LD_LIBRARY_PATH: [...libraries, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':'),
    VK_DRIVER_FILES: description,
    VK_ICD_FILENAMES: description, // the same for loaders before 1.3.207
    MESA_SHADER_CACHE_DIR: join(cache, 'shaders'),
    ...QUICK_COMPILER,
  };
}

function driverIn(folder: string): string | null {
  if (!existsSync(folder)) return null;
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const driver = paths.find(path => basename(path) === 'libvulkan_lvp.so');
  return driver === undefined ? null : join(folder, driver);
}

/** Whether Dawn finds the driver; asked in a process of its own, as LD_LIBRARY_PATH demands. */
function seesAdapter(variables: Record<string, string> | null): boolean {
  if (variables === null) return false;
  const script = fileURLToPath(new URL('../../gpu-worker/device/probe-adapter.mjs', import.meta.url));
  try {
    const answer = execFileSync(process.execPath, [script], { env: { ...process.env, ...variables }, stdio: 'pipe' });
    return JSON.parse(answer.toString()) !== null;
  } catch {
    return false;
  }
}

/** Downloads and unpacks the driver, aside first, so that a run beside this one never sees half of it. */
function install(cache: string, folder: string): void {
  const release = debianRelease();
  mkdirSync(cache, { recursive: true });
  const aside = mkdtempSync(join(cache, 'lavapipe-'));
  try {
    const [root, archives] = [join(aside, 'root'), join(aside, 'cache/archives')];
    const configuration = configureApt(aside, release);
    apt(configuration, ['update'], release);
    const wanted = ['install', '--yes', '--download-only', '--no-install-recommends', '-t', `${release}-backports`];
    apt(configuration, [...wanted, ...PACKAGES], release);
    const packages = readdirSync(archives).filter(name => name.endsWith('.deb') && !NEVER_UNPACKED.test(name));
    for (const name of packages) execFileSync('dpkg-deb', ['--extract', join(archives, name), root]);
    rmSync(folder, { recursive: true, force: true });
    renameSync(root, folder);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  const driver = driverIn(folder);
  if (driver === null) throw unavailable(release, `${PACKAGES[0]} of ${release}-backports has no lavapipe`);
  const icd = { file_format_version: '1.0.0', ICD: { library_path: driver, api_version: '1.3.0' } };
  const variables = environment(cache, folder)!;
  writeFileSync(variables.VK_DRIVER_FILES!, JSON.stringify(icd));
  if (!seesAdapter(variables)) throw unavailable(release, `Dawn finds no adapter with the driver in ${folder}`);
}

/** apt with sources, lists and downloads of its own in `folder`, and without the machine's hooks. @returns the file for `apt-get -c`. */
function configureApt(folder: string, release: string): string {
  const sources = withBackports(machineSources('/etc/apt'), release);
  if (sources === null) throw unavailable(release, `this machine's apt sources do not name ${release}`);
  const own = {
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': join(folder, 'sources.list.d'),
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::Cache': join(folder, 'cache'),
    'Debug::NoLocking': 'true',
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
  };
  for (const path of ['sources.list.d', 'lists/partial', 'cache/archives/partial'])
    mkdirSync(join(folder, path), { recursive: true });
  writeFileSync(own['Dir::Etc::sourcelist'], sources.lines);
  writeFileSync(join(own['Dir::Etc::sourceparts'], 'release.sources'), sources.stanzas);
  const hooks = ['Pre-Invoke', 'Post-Invoke', 'Post-Invoke-Success'].map(hook => `#clear APT::Update::${hook};`);
  const settings = Object.entries(own).map(([name, value]) => `${name} "${value}";`);
  const file = join(folder, 'apt.conf');
  writeFileSync(file, [...hooks, ...settings, ''].join('\n'));
  return file;
}

function apt(configuration: string, args: string[], release: string): void {
  try {
    execFileSync('apt-get', ['-q', '-c', configuration, ...args], { stdio: 'pipe', timeout: APT_TIMEOUT_MS });
  } catch (cause) {
    throw unavailable(release, `apt-get ${args[0]} failed`, cause);
  }
}

/** Its code name, e.g. bookworm. */
function debianRelease(): string {
  const system = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const release = system.match(/^VERSION_CODENAME=(\w+)$/m)?.[1];
  if (release !== undefined && existsSync('/etc/debian_version')) return release;
  throw new Error(
    'The WebGPU tests need a GPU or a Vulkan driver that computes on the CPU. Install Mesa 25 or later with lavapipe and the Vulkan loader ' +
      '(Fedora: sudo dnf install mesa-vulkan-drivers vulkan-loader), or leave these tests out: npx vitest run --project=!webgpu',
  );
}

function unavailable(release: string, reason: string, cause?: unknown): Error {
  return new Error(
    `The WebGPU tests need a Vulkan driver, and none could be unpacked: ${reason}. Enable ${release}-backports in apt's sources and run: ` +
      `sudo sh -c 'apt-get update && apt-get install -y -t ${release}-backports ${PACKAGES.join(' ')}'`,
    { cause },
  );
}
