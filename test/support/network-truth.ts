/**
 * What the worker's own networks cost, counted over the layers that TensorFlow.js was given: what src/contract/network-cost.ts must say without them,
 * and the table of encoders that it has from them (src/contract/network-cost-table.ts).
 *
 * Multiply-adds are those of convolutions, all but nothing of the cost. Activations are the numbers that layers write: all outputs but those of
 * `Rectified`, which hands its input on. What a layer makes for itself on the way is not counted.
 */
import { input, type LayersModel, type layers, model } from '@tensorflow/tfjs-layers';
import { buildEncoder } from '../../gpu-worker/model/encoders/encoder.ts';
import { LayerKit } from '../../gpu-worker/model/layer-kit.ts';
import { countParameters, namedWeights } from '../../gpu-worker/model/network.ts';
import { ENCODER_STRIDE, ENCODERS, type Encoder } from '../../src/contract/encoders.ts';

export interface NetworkTruth {
  parameters: number;
  weights: number;
  multiplyAdds: number;
  activations: number;
}

/** Of one frame. @param input [H, W, C] that the network is given. */
export function truthOf(network: LayersModel, input: Shape): NetworkTruth {
  const passes = shapesOf(network, input);
  return {
    parameters: countParameters(network),
    weights: namedWeights(network).reduce((sum, { tensor }) => sum + tensor.size, 0),
    multiplyAdds: passes.reduce((sum, pass) => sum + multiplyAddsOf(pass), 0),
    activations: passes
      .filter(({ layer }) => layer.getClassName() !== 'Rectified')
      .reduce((sum, { to }) => sum + sizeOf(to), 0),
  };
}

type Shape = [heightPx: number, widthPx: number, channels: number];

interface LayerPass {
  layer: layers.Layer;
  /** [H, W, C] of its first input. */
  from: number[];
  to: number[];
}

/** The network may be one for any size: its layers are asked one after another. */
function shapesOf(network: LayersModel, input: Shape): LayerPass[] {
  const known = new Map<number, number[]>();
  return network.layers.map(layer => {
    const { inputTensors, outputTensors } = layer.inboundNodes[0]!;
    const inputs = inputTensors.map(({ id }) => known.get(id) ?? [1, ...input]);
    const isInput = layer.getClassName() === 'InputLayer';
    const output = isInput ? inputs[0]! : layer.computeOutputShape(inputs.length === 1 ? inputs[0]! : inputs);
    known.set(outputTensors[0]!.id, output as number[]);
    return { layer, from: inputs[0]!.slice(1), to: (output as number[]).slice(1) };
  });
}

function multiplyAddsOf({ layer, from, to }: LayerPass): number {
  const [kernel] = layer.weights.filter(weight => weight.originalName.endsWith('kernel'));
  if (!kernel) return 0;
  // A transposed convolution spends its kernel on every pixel it reads, the others on every pixel they write.
  const [height, width] = layer.getClassName() === 'TransposedConv2D' ? from : to;
  return height! * width! * sizeOf(kernel.shape as number[]);
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, side) => product * side, 1);

/** What network-cost-table.ts should hold. */
export function encoderTableText(): string {
  const rows = ENCODERS.map(encoder => `  ${encoder}: [${encoderCosts(encoder).join(', ')}],`);
  return `/**
 * What each pretrained encoder costs, without images' range and without decoder. Counted over the worker's own networks by
 * test/support/network-truth.ts; test/worker/network-cost.test.ts keeps it so, and writes it when run with -u.
 *
 * Blocks are of 32 x 32 pixels of the network's input. With h and w blocks along its sides a frame has a h w + b (h + w) + c activations, exactly: the
 * part of the sides comes from padding.
 */
import type { Encoder } from './encoders.ts';

type EncoderCosts = readonly [
  /** Numbers that are trained. */
  parameters: number,
  /** Numbers that are not. */
  statistics: number,
  multiplyAddsPerBlock: number,
  multiplyAddsPerFrame: number,
  activationsPerBlock: number,
  activationsPerSide: number,
  activationsPerFrame: number,
  /** Channels of the features of strides 32, 16, 8, 4 and 2. */
  ...channels: [number, number, number, number, number],
];

// biome-ignore format: one encoder a line
export const ENCODER_COSTS: Record<Encoder, EncoderCosts> = {
${rows.join('\n')}
};
`;
}

function encoderCosts(encoder: Encoder): number[] {
  const image = input({ shape: [null, null, 3] });
  const { bottleneck, taps } = buildEncoder(new LayerKit(null), image, encoder);
  const network = model({ inputs: image, outputs: bottleneck });
  const of = (rows: number, columns: number) => {
    const shape: Shape = [rows * ENCODER_STRIDE, columns * ENCODER_STRIDE, 3];
    const { activations, ...truth } = truthOf(network, shape);
    return { ...truth, activations: activations - sizeOf(shape) };
  };
  const [small, wide, large] = [of(1, 1), of(1, 2), of(2, 2)];
  network.dispose();
  const multiplyAdds = wide.multiplyAdds - small.multiplyAdds;
  const activations = large.activations - 2 * wide.activations + small.activations;
  const along = wide.activations - small.activations - activations;
  return [
    ...[small.parameters, small.weights - small.parameters],
    ...[multiplyAdds, small.multiplyAdds - multiplyAdds],
    ...[activations, along, small.activations - activations - 2 * along],
    ...[bottleneck, ...taps.toReversed()].map(({ shape }) => shape.at(-1)!),
  ];
}
