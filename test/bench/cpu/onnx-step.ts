/**
 * Inference with ONNX Runtime's CPU provider, in a process of its own: onnx-step.ts FOLDER --case robot,lab160 --batch 1,4 --threads 2 --seconds 5
 * FOLDER is where onnxruntime-node was installed. Prints a line of JSON for each.
 */
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { casesNamed, UNET_CASES } from '../unet-cases.ts';
import { onnxUNet } from './onnx-unet.ts';
import { timeOf } from './timing.ts';

interface OnnxRuntime {
  InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> };
  Tensor: new (type: 'float32', values: Float32Array, shape: number[]) => object;
}
interface Session {
  run(inputs: Record<string, object>): Promise<Record<string, { dims: readonly number[]; data: Float32Array }>>;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    case: { type: 'string', default: 'robot' },
    batch: { type: 'string', default: '1' },
    threads: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '5' },
  },
});
const { InferenceSession, Tensor } = createRequire(join(resolve(positionals[0]!), 'x'))(
  'onnxruntime-node',
) as OnnxRuntime;
const options = { executionProviders: ['cpu'], intraOpNumThreads: Number(values.threads), interOpNumThreads: 1 };
for (const name of casesNamed(values.case.split(','))) {
  const given = UNET_CASES[name];
  for (const batch of values.batch.split(',').map(Number)) {
    const session = await InferenceSession.create(onnxUNet(given, batch), options);
    const shape = [batch, given.channels, given.heightPx, given.widthPx];
    const numbers = shape.reduce((product, side) => product * side, 1);
    const image = new Tensor('float32', new Float32Array(numbers).map(Math.random), shape);
    const time = await timeOf(() => session.run({ image }), Number(values.seconds));
    console.log(JSON.stringify({ what: 'infer', case: name, batch, ...time }));
  }
}
process.exit(0);
