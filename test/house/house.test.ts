/** The checks of `npm run verify` as tests, so that CI's one command holds them too. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it.each([
  ['types', 'every file type-checks under the strict settings'],
  ['lint', 'every file is formatted and lint-free'],
  ['dead-code', 'no file, export or dependency is unused'],
  ['boundaries', 'nobody imports what the architecture forbids'],
])('npm run %s: %s', async script => {
  const outcome = await promisify(execFile)('npm', ['run', '--silent', script]).then(
    () => 'clean',
    error => `${error.stdout}\n${error.stderr}`,
  );
  expect(outcome).toBe('clean');
});
