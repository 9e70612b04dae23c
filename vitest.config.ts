import { defineConfig } from 'vitest/config';

/**
 * `npm test` runs all projects; `npx vitest run --project queue` one of them.
 * The Postgres of the run is started once, for all projects. Two forks at a time: worker and e2e tests are heavy on the CPU, and two cores are what CI has; three were no faster, and tests met their limits.
 * The files of `unit`, `queue`, `http`, `webgpu` and `e2e` run one after another in the same forks, since starting one anew takes longer than most of them: so they
 * leave their process as they found it. Those of `worker`, which load TensorFlow.js, get a fresh one each, or its memories would pile up to more than a gigabyte.
 * A project's own globalSetup may put variables into its `env`: its forks start with them.
 */
const project = (name: string, testTimeout: number, { globalSetup = [] as string[], isolate = true } = {}) => ({
  test: {
    ...{ name, include: [`test/${name}/**/*.test.ts`], testTimeout, hookTimeout: Math.max(60_000, testTimeout) },
    globalSetup,
    isolate,
    env: {},
  },
});

export default defineConfig({
  test: {
    globalSetup: 'test/support/global-setup.ts',
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['default', './test/support/count-reporter.ts'],
    projects: [
      project('house', 120_000),
      project('unit', 30_000, { isolate: false }),
      project('queue', 60_000, { isolate: false, globalSetup: ['test/support/s3-setup.ts'] }),
      project('http', 60_000, { isolate: false }),
      project('worker', 120_000),
      project('webgpu', 120_000, { isolate: false, globalSetup: ['test/support/vulkan.ts'] }),
      project('e2e', 300_000, { isolate: false, globalSetup: ['test/support/built-page.ts'] }),
      project('runtime', 120_000, { globalSetup: ['test/support/built-page.ts', 'test/runtime/binaries.ts'] }),
    ],
  },
});
