#!/usr/bin/env node
/** `npx sleap-microservice`: loads the command line (client/cli/main.ts) through tsx, which is looked for beside this file and not where one stands. */
import { register } from 'tsx/esm/api';

register();
await import('../client/cli/main.ts');
