#!/usr/bin/env node
/**
 * `npx sleap-microservice`: the command line. A checkout has its sources (client/cli), which are loaded through tsx; the packed package has it built
 * (dist/cli) and no sources of it, so that neither is ever older than the other.
 */
import { existsSync } from 'node:fs';

if (existsSync(new URL('../client/cli/main.ts', import.meta.url))) {
  const { register } = await import('tsx/esm/api');
  register();
  await import('../client/cli/main.ts');
} else {
  await import('../dist/cli/main.js');
}
