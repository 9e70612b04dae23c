/**
 * Puts published ImageNet weights, an HDF5 file that Keras wrote, into the encoder of a network.
 *
 * Layers that Keras's networks name have the same names here and are found by them; those that Keras numbered ("conv2d_17", which begins
 * anywhere) by their place in Keras's order (keras-order.ts). A grouped convolution takes as many layers of the file as it has groups.
 * Whatever the way, every shape must fit.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { AppError } from '../../src/errors.ts';
import { bottleneckOf } from './backbones/pretrained-encoder.ts';
import { groupByLayer, type KerasLayer } from './keras-h5.ts';
import { kerasOrder } from './keras-order.ts';
import { GroupedConv2D } from './layers/grouped-conv2d.ts';
import type { NamedArray } from './weights.ts';

interface Filling {
  variable: tf.Variable;
  array: NamedArray;
}

/** Keras's own names, with and without a number. */
const NUMBERED = /^(conv2d|batch_normalization)(_\d+)?$/;
/** Ours in front of the encoder. */
const PREPARATION = /^imagenet_preproc/;

/**
 * The layers of a pretrained_encoder with weights that a file must have, in Keras's order.
 * @param network of the backbone pretrained_encoder.
 */
export function encoderLayers(network: LayersModel): layers.Layer[] {
  return kerasOrder(bottleneckOf(network)).filter(({ name }) => !PREPARATION.test(name));
}

/**
 * Fills the encoder of a pretrained_encoder.
 * @param arrays the file's, in its order (keras-h5.ts).
 * @throws AppError weights_unavailable when the file is of another network; ours is then unchanged.
 */
export function fillEncoder(network: LayersModel, arrays: NamedArray[]): void {
  const expected = encoderLayers(network);
  const file = groupByLayer(null, arrays);
  const byName = new Map(file.map(layer => [layer.name, layer]));
  const named = new Set(expected.map(({ name }) => name).filter(name => byName.has(name)));
  const rest = file.filter(({ name }) => !named.has(name));
  const stray = rest.find(({ name }) => !NUMBERED.test(name));
  if (stray) throw otherNetwork(`it holds a layer ${stray.name}, which the encoder has not`);
  const fillings = expected.flatMap(layer => {
    const own = byName.get(layer.name);
    if (own) return fill(layer, own.weights);
    const taken = rest.splice(0, layer instanceof GroupedConv2D ? layer.groups : 1);
    return fill(layer, layer instanceof GroupedConv2D ? [joined(taken)] : (taken[0]?.weights ?? []));
  });
  if (rest.length > 0) throw otherNetwork(`it holds ${rest.length} layers more than the encoder`);
  assign(fillings);
}

/**
 * Fills those layers of a `resnet` that ResNet v1 of keras.applications has, all by name; its decoder keeps what it has, and stages that the
 * network leaves out are passed over.
 * @throws AppError weights_unavailable when the file is of another network; ours is then unchanged.
 */
export function fillResNet(network: LayersModel, arrays: NamedArray[]): void {
  const file = new Map(groupByLayer(null, arrays).map(layer => [layer.name, layer.weights]));
  const isEncoder = ({ name, weights }: layers.Layer) => weights.length > 0 && /^conv\d_/.test(name);
  const fillings = network.layers.filter(isEncoder).flatMap(layer => fill(layer, file.get(layer.name) ?? []));
  assign(fillings);
}

function fill(layer: layers.Layer, arrays: NamedArray[]): Filling[] {
  const variables = layer.weights.map(weight => weight.read() as tf.Variable);
  if (arrays.length !== variables.length)
    throw otherNetwork(`${layer.name} has ${variables.length} weights, the file ${arrays.length} in its place`);
  return variables.map((variable, i) => {
    const array = arrays[i]!;
    if (array.shape.join() !== variable.shape.join())
      throw otherNetwork(
        `${layer.name} has the shape ${variable.shape.join('×')}, ${array.name} ${array.shape.join('×')}`,
      );
    return { variable, array };
  });
}

/** The kernels of the groups, side by side along their last axis. */
function joined(groups: KerasLayer[]): NamedArray {
  const kernels = groups.flatMap(({ weights }) => weights);
  const first = kernels[0];
  if (first === undefined) throw otherNetwork('it ends before the last convolution');
  const [width] = first.shape.slice(-1) as [number];
  if (kernels.length !== groups.length || kernels.some(({ shape }) => shape.join() !== first.shape.join()))
    throw otherNetwork(`the ${groups.length} layers from ${first.name} on are no groups of one convolution`);
  const rows = first.data.length / width;
  const data = new Float32Array(first.data.length * kernels.length);
  for (const [group, kernel] of kernels.entries())
    for (let row = 0; row < rows; row++)
      data.set(kernel.data.subarray(row * width, (row + 1) * width), (row * kernels.length + group) * width);
  return { name: first.name, shape: [...first.shape.slice(0, -1), width * kernels.length], data };
}

function assign(fillings: Filling[]): void {
  for (const { variable, array } of fillings) tf.tidy(() => variable.assign(tf.tensor(array.data, array.shape)));
}

function otherNetwork(reason: string): AppError {
  return new AppError('weights_unavailable', `The weights are of another network: ${reason}.`);
}
