/**
 * The same steps as cpu/steps.ts on the backend as it was: a process of its own, started by the CPU bench. Prints a line of JSON for each.
 *   step.ts first|stock train|infer --case lab160,robot --batch 1,4 --threads 2 --seconds 5 [--profile]
 * `first`: with the project's first kernels; `stock`: with none of them, and a network of TensorFlow.js's own layers.
 */
import { parseArgs } from 'node:util';
import type { Variable } from '../../../gpu-worker/train/amsgrad-numbers.ts';
import { measureStep, type What } from '../cpu/steps.ts';
import { casesNamed } from '../unet-cases.ts';
import { ComposedAmsGrad } from './amsgrad-composed.ts';
import { openFirstWasm } from './device.ts';
import { registerFirstKernels } from './register.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    case: { type: 'string', default: 'lab160' },
    batch: { type: 'string', default: '1' },
    threads: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '5' },
    profile: { type: 'boolean', default: false },
  },
});
const [kernels, what] = positionals as ['first' | 'stock', What];
await openFirstWasm(Number(values.threads));
if (kernels === 'first') registerFirstKernels();
for (const name of casesNamed(values.case.split(','))) {
  for (const batch of values.batch.split(',').map(Number)) {
    const optimizerOf = (variables: Variable[]) => new ComposedAmsGrad(variables);
    const options = { seconds: Number(values.seconds), profile: values.profile, optimizerOf };
    const row = await measureStep(what, name, batch, options, kernels === 'stock' ? 'stock' : 'ours');
    console.log(JSON.stringify(row));
  }
}
process.exit(0);
