/**
 * The layers of an encoder as a file of Keras's has them: in its order, under its names, a grouped convolution as one layer for each group.
 *
 * Layers that Keras numbers itself are numbered in the order in which they are made. So are ours, since the encoders here are put together
 * in the order of the originals: layers of one shape cannot change places unseen.
 */
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { encoderLayers } from '../../gpu-worker/model/encoder-weights.ts';
import { GroupedConv2D } from '../../gpu-worker/model/layers/grouped-conv2d.ts';
import type { Encoder } from '../../src/contract/encoders.ts';

type Layer = layers.Layer;

export interface FileLayer {
  name: string;
  shapes: number[][];
  layer: Layer;
  /** Which of the groups of `layer`; 0 for layers without. */
  group: number;
}

/** Which layers Keras numbers itself, by our names. */
function isNumbered(encoder: Encoder, name: string): boolean {
  if (encoder === 'inceptionresnetv2') return !/^(block\d+_\d+_conv|conv_7b(_bn)?)$/.test(name);
  if (/^resnext/.test(encoder)) return /unit\d+_conv2$/.test(name);
  if (/^seresnet(18|34)$/.test(encoder)) return /_se_(reduce|expand)$/.test(name);
  return /^(inceptionv3|se)/.test(encoder);
}

/** @param first number of each kind of layer; more where other networks were made before. */
export function kerasLayers(network: LayersModel, encoder: Encoder, first = 1): FileLayer[] {
  const inOrder = encoderLayers(network);
  const numbers = new Map<Layer, number>();
  const next = { conv2d: first, batch_normalization: first };
  for (const layer of inOrder.filter(({ name }) => isNumbered(encoder, name)).sort((a, b) => a.id - b.id)) {
    numbers.set(layer, next[kindOf(layer)]);
    next[kindOf(layer)] += groupsOf(layer);
  }
  return inOrder.flatMap(layer => {
    const groups = groupsOf(layer);
    const number = numbers.get(layer);
    return Array.from({ length: groups }, (_, group) => ({
      name: number === undefined ? layer.name : `${kindOf(layer)}_${number + group}`,
      shapes: layer.weights.map(({ shape }) => [...(shape as number[]).slice(0, -1), shape.at(-1)! / groups]),
      layer,
      group,
    }));
  });
}

const groupsOf = (layer: Layer) => (layer instanceof GroupedConv2D ? layer.groups : 1);
const kindOf = (layer: Layer) => (layer.getClassName() === 'BatchNorm' ? 'batch_normalization' : 'conv2d');

/**
 * A line for each layer: its name, the shapes of its weights, and what they are used with.
 *
 *   conv0 7x7x3x64 /2 valid
 *   bn0 64 64 64 64 eps 0.00002 mom 0.99
 */
export function lineOf({ name, shapes, layer }: FileLayer): string {
  const own = `${name} ${shapes.map(shape => shape.join('x')).join(' ')}`;
  const { strides, padding, epsilon, momentum, scale } = layer.getConfig() as Record<string, unknown>;
  if (epsilon === undefined) return `${own} ${useOf(shapes[0]!, (strides as number[])[0]!, padding as string)}`;
  return `${own} eps ${epsilon} mom ${momentum}${scale ? '' : ' no scale'}`;
}

/** A 1x1 kernel has no padding, whatever its layer says. */
function useOf([height, width]: number[], stride: number, padding: string): string {
  return height === 1 && width === 1 ? `/${stride}` : `/${stride} ${padding}`;
}
