/** Builds the pages into dist/web before the tests of the projects that show them: once a run, so that no test meets a folder that another one empties. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export default function setup(): void {
  if (process.env.TEST_PAGE_BUILT) return;
  execFileSync('npx', ['vite', 'build', '--logLevel', 'warn'], { cwd: ROOT });
  process.env.TEST_PAGE_BUILT = 'yes';
}
