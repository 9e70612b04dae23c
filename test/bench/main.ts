/** `npm run bench -- NAME`: runs test/bench/NAME.ts. A bench prints a table, and asserts nothing. */
import { argv, exit } from 'node:process';

const BENCHES = [
  'api',
  'backbones',
  'cpu',
  'decode',
  'examples',
  'export',
  'infer',
  'kernels',
  'page',
  'page-chart',
  'train',
];
const bench = argv[2] ?? '';
if (!BENCHES.includes(bench)) {
  console.error(`Name a bench: ${BENCHES.join(', ')}.`);
  exit(1);
}
await import(`./${bench}.ts`);
