/**
 * A network's graph as JSON that others build it from: Keras 2's functional `model_config`, and model.json of a stock TensorFlow.js.
 *
 * Our own layers (layers/) become the layers they stand for. One has no counterpart in TensorFlow.js, whose
 * bilinear UpSampling2D lies on another grid: there it is written as standard layers without weights. For an even factor f, half-pixel
 * bilinear interpolation is nearest interpolation n followed, along each axis, by the weights [1 2 .. 2 1] / 2f of f + 1 pixels, and
 *
 *   [1 2 .. 2 1] / 2f  =  ((f + 1) mean over f + 1 pixels  +  (f - 1) mean over f - 1 pixels) / 2f
 *
 * that is the Average of f + 1 times the one and f - 1 times the other AveragePooling2D; for f = 2 the latter is n itself. At the edges a
 * 'same' pooling leaves out the padding, which there gives the repeated edge exactly, since n holds each edge pixel f times.
 * Leaves out: networks of several inputs, shared layers, training configurations.
 */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { GroupedConv2D } from './layers/grouped-conv2d.ts';
import { namedWeights } from './network.ts';

/** [layer, node, tensor] of a layer's output. */
type TensorRef = [layer: string, node: number, tensor: number];
type Inbound = [...TensorRef, kwargs: object];

interface KerasLayerConfig {
  class_name: string;
  name: string;
  config: Record<string, unknown>;
  /** The inputs of each time the layer is applied: once, but for input layers. */
  inbound_nodes: Inbound[][];
}

export interface KerasModelConfig {
  class_name: 'Functional';
  config: { name: string; layers: KerasLayerConfig[]; input_layers: TensorRef[]; output_layers: TensorRef[] };
}

export interface TfjsModelJson {
  format: 'layers-model';
  generatedBy: string;
  convertedBy: string;
  modelTopology: KerasModelConfig;
  weightsManifest: { paths: string[]; weights: { name: string; shape: number[]; dtype: 'float32' }[] }[];
}

/** Beside model.json. */
const WEIGHTS_FILE = 'weights.bin';

/** The network as Keras's `model_config`, for images of any size. */
export function kerasTopology(network: LayersModel): KerasModelConfig {
  const { config } = network.toJSON(null, false) as unknown as KerasModelConfig;
  return { class_name: 'Functional', config: { ...config, layers: config.layers.map(asKerasLayer) } };
}

/**
 * The network as a TensorFlow.js layers model without classes of its own. The bytes of weights.bin are the numbers of
 * namedWeights(network), one after another.
 * @returns null where the network has grouped convolutions, for which TensorFlow.js has no layer.
 * @throws RangeError where a bilinear upsampling has an odd factor.
 */
export function tfjsModel(network: LayersModel): { modelJson: TfjsModelJson } | null {
  if (network.layers.some(layer => layer instanceof GroupedConv2D)) return null;
  const topology = kerasTopology(network);
  const weights = namedWeights(network).map(({ name, tensor }) => ({
    name,
    shape: tensor.shape,
    dtype: 'float32' as const,
  }));
  const modelJson: TfjsModelJson = {
    format: 'layers-model',
    generatedBy: 'keras v2.8.0',
    convertedBy: 'sleap-microservice',
    modelTopology: {
      ...topology,
      config: { ...topology.config, layers: topology.config.layers.flatMap(layer => asTfjsLayers(layer, network)) },
    },
    weightsManifest: [{ paths: [WEIGHTS_FILE], weights }],
  };
  return { modelJson };
}

function asKerasLayer(layer: KerasLayerConfig): KerasLayerConfig {
  const { config } = layer;
  switch (layer.class_name) {
    case 'InputLayer': {
      const [, , , channels] = config.batch_input_shape as [null, number | null, number | null, number];
      return { ...layer, config: { ...config, batch_input_shape: [null, null, null, channels] } };
    }
    case 'HalfPixelUpsampling':
      return upSampling(layer, config.factor as number, 'bilinear');
    case 'NearestUpsampling':
      return upSampling(layer, 2, 'nearest');
    case 'AtrousConv2D':
    case 'FusedConv2D':
    case 'GroupedConv2D':
      return { ...layer, class_name: 'Conv2D' };
    case 'TransposedConv2D':
      return { ...layer, class_name: 'Conv2DTranspose' };
    case 'Rectified':
    case 'Rectifier':
    case 'Swish':
      return { ...layer, class_name: 'Activation' };
    case 'Relu6':
      return { ...layer, class_name: 'ReLU' };
    case 'GlobalAverage':
      return { ...layer, class_name: 'GlobalAveragePooling2D', config: { ...config, keepdims: true } };
    case 'ChannelGate':
      return { ...layer, class_name: 'Multiply' };
    case 'DropConnect':
      return { ...layer, class_name: 'Dropout' };
    case 'BatchNorm':
      return { ...layer, class_name: 'BatchNormalization' };
    default:
      return layer;
  }
}

function upSampling(layer: KerasLayerConfig, factor: number, interpolation: 'nearest' | 'bilinear'): KerasLayerConfig {
  const { name, trainable } = layer.config;
  const size = [factor, factor];
  return {
    ...layer,
    class_name: 'UpSampling2D',
    config: { name, trainable, size, data_format: 'channels_last', interpolation },
  };
}

/** The layer itself, or those that stand for what TensorFlow.js has not; the last of them keeps the name. */
function asTfjsLayers(layer: KerasLayerConfig, network: LayersModel): KerasLayerConfig[] {
  if (layer.class_name === 'UpSampling2D' && layer.config.interpolation === 'bilinear') return bilinear(layer);
  if (layer.class_name === 'GlobalAveragePooling2D')
    return globalAverage(layer, (network.getLayer(layer.name).outputShape as number[]).at(-1)!);
  return [layer];
}

/** TensorFlow.js's pooling drops the axes of the image. */
function globalAverage(
  { config: { keepdims: _, ...config }, ...layer }: KerasLayerConfig,
  channels: number,
): KerasLayerConfig[] {
  const name = `${layer.name}_mean`;
  return [
    { ...layer, name, config: { ...config, name } },
    {
      class_name: 'Reshape',
      name: layer.name,
      config: { name: layer.name, target_shape: [1, 1, channels] },
      inbound_nodes: [[[name, 0, 0, {}]]],
    },
  ];
}

function bilinear(layer: KerasLayerConfig): KerasLayerConfig[] {
  const { name } = layer;
  const [factor] = layer.config.size as [number, number];
  if (factor % 2 !== 0)
    throw new RangeError(`${name}: bilinear upsampling by ${factor} has no exact form in TensorFlow.js`);
  const nearest: KerasLayerConfig = {
    class_name: 'UpSampling2D',
    name: `${name}_nearest`,
    config: { ...layer.config, name: `${name}_nearest`, interpolation: 'nearest' },
    inbound_nodes: layer.inbound_nodes,
  };
  return [
    nearest,
    ...smoothed(nearest.name, `${name}_rows`, factor, length => [length, 1]),
    ...smoothed(`${name}_rows`, name, factor, length => [1, length]),
  ];
}

/** Layers that weigh the f + 1 pixels around each by [1 2 .. 2 1] / 2f along one axis. @param pool the window of a length. */
function smoothed(
  from: string,
  name: string,
  factor: number,
  pool: (length: number) => [number, number],
): KerasLayerConfig[] {
  const mean = (length: number): KerasLayerConfig => ({
    class_name: 'AveragePooling2D',
    name: `${name}_mean${length}`,
    config: {
      name: `${name}_mean${length}`,
      pool_size: pool(length),
      strides: [1, 1],
      padding: 'same',
      data_format: 'channels_last',
    },
    inbound_nodes: [[[from, 0, 0, {}]]],
  });
  const wide = mean(factor + 1);
  const narrow = factor === 2 ? [] : [mean(factor - 1)];
  const times = (layer: string, n: number) => Array.from({ length: n }, (): Inbound => [layer, 0, 0, {}]);
  return [
    wide,
    ...narrow,
    {
      class_name: 'Average',
      name,
      config: { name },
      inbound_nodes: [[...times(wide.name, factor + 1), ...times(narrow[0]?.name ?? from, factor - 1)]],
    },
  ];
}
