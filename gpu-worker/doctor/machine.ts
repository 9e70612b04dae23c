/** Node.js, cores, memory and disk of this machine. What is enough is said in the README; a training of a common network takes 2 to 4 GiB. */
import { statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';
import { type Finding, fail, ok, warn } from './finding.ts';

const GiB = 2 ** 30;
/** As package.json says. */
const OLDEST_NODE = [20, 19] as const;
const LITTLE_MEMORY_BYTES = 4 * GiB;
const LITTLE_DISK_BYTES = 10 * GiB;
const NO_DISK_BYTES = GiB;

/** @param version such as 20.19.0. */
export function judgeNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNew = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  if (isNew) return ok('node', version);
  return fail('node', version, `Install Node.js ${OLDEST_NODE.join('.')} or newer.`);
}

export function judgeCores(cores = availableParallelism()): Finding {
  const found = `${cores} ${cores === 1 ? 'core' : 'cores'}`;
  if (cores > 1) return ok('cores', found);
  return warn('cores', found, 'Trainings on the CPU and the API share it: give the machine a second one.');
}

/** @param limitBytes of the container; 0 or more than there is: none. */
export function judgeMemory(totalBytes = totalmem(), limitBytes = process.constrainedMemory()): Finding {
  const isLimited = limitBytes > 0 && limitBytes < totalBytes;
  const bytes = isLimited ? limitBytes : totalBytes;
  const found = `${(bytes / GiB).toFixed(1)} GiB${isLimited ? ', the limit of the container' : ''}`;
  if (bytes >= LITTLE_MEMORY_BYTES) return ok('memory', found);
  return warn(
    'memory',
    found,
    'Large images or networks will not fit: give it 4 GiB or more, or train with a smaller batch_size.',
  );
}

/** @param folder that may not be there yet. */
export async function judgeDisk(folder: string): Promise<Finding> {
  const freeBytes = await freeBytesOf(resolve(folder));
  const found = `${(freeBytes / GiB).toFixed(1)} GiB free for ${folder}`;
  const remedy = 'Free some space, or set DATA_DIR to a folder on a larger disk.';
  if (freeBytes < NO_DISK_BYTES) return fail('disk', found, remedy);
  return freeBytes < LITTLE_DISK_BYTES ? warn('disk', found, remedy) : ok('disk', found);
}

/** Of the disk on which it is or would be made. */
async function freeBytesOf(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT' && folder !== dirname(folder);
    if (!isAbsent) throw error;
    return freeBytesOf(dirname(folder));
  }
}
