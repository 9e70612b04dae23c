/**
 * The order in which Keras writes the layers of a functional model, for ours: files of weights tell layers that Keras numbered itself by nothing
 * but their place.
 *
 * Keras walks from the output, inputs first to last, and numbers each layer at its first visit; the depth of a layer is its longest way to
 * the output; the order is by depth from the deepest on, then by number (keras/engine/functional.py, map_graph_network). Some of our
 * layers stand for several of Keras's in a row, or for none: KERAS_LAYERS says so, or else branches of different depth would change places.
 * Leaves out: shared layers, several outputs.
 */
import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';

type Layer = layers.Layer;

/**
 * How many layers of Keras stand in the place of one of ours, and how many of them follow the one with the weights.
 * A grouped convolution is slices, convolutions and a concatenation; a global average is followed by a reshape.
 */
const KERAS_LAYERS = new Map([
  ['GroupedConv2D', { count: 3, afterWeights: 1 }],
  ['GlobalAverage', { count: 2, afterWeights: 0 }],
  ['Rescaling', { count: 0, afterWeights: 0 }],
]);

/** The layers with weights on the way to `features`, in Keras's order. */
export function kerasOrder(features: SymbolicTensor): Layer[] {
  const postOrder = visit(features.sourceLayer);
  const numbers = new Map(postOrder.map(({ layer, number }) => [layer, number]));
  const depths = new Map<Layer, number>();
  const places: { layer: Layer; depth: number }[] = [];
  for (const { layer } of postOrder.toReversed()) {
    const { count, afterWeights } = KERAS_LAYERS.get(layer.getClassName()) ?? { count: 1, afterWeights: 0 };
    const depth = depths.get(layer) ?? 0;
    for (const input of inputsOf(layer)) depths.set(input, Math.max(depth + count, depths.get(input) ?? 0));
    places.push({ layer, depth: depth + afterWeights });
  }
  return places
    .filter(({ layer }) => layer.weights.length > 0)
    .sort((a, b) => b.depth - a.depth || numbers.get(a.layer)! - numbers.get(b.layer)!)
    .map(({ layer }) => layer);
}

/** Every layer after all of its inputs, each with the number of its first visit. */
function visit(end: Layer): { layer: Layer; number: number }[] {
  const numbers = new Map<Layer, number>();
  const done: { layer: Layer; number: number }[] = [];
  const walk = (layer: Layer) => {
    if (numbers.has(layer)) return;
    const number = numbers.size;
    numbers.set(layer, number);
    for (const input of inputsOf(layer)) walk(input);
    done.push({ layer, number });
  };
  walk(end);
  return done;
}

function inputsOf(layer: Layer): Layer[] {
  // Each layer is applied once; this node knows by what.
  return layer.inboundNodes[0]!.inboundLayers;
}
