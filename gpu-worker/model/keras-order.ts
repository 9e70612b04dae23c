/**
 * The order in which Keras writes the layers of a functional model, for ours: files of weights tell layers that Keras numbered itself by nothing
 * but their place.
 *
 * Keras walks from the output, inputs first to last, and numbers each layer at its first visit; the depth of a layer is its longest way to
 * the output; the order is by depth from the deepest on, then by number (keras/engine/functional.py, map_graph_network). Some of our layers
 * stand for several of Keras's in a row, such as a grouped convolution; in none of the encoders does that let one branch outrun
 * another, so they count as one (test/worker/encoders.test.ts holds all 32 against Keras).
 * Leaves out: shared layers, several outputs.
 */
import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';

type Layer = layers.Layer;

/** The layers with weights on the way to `features`, in Keras's order. */
export function kerasOrder(features: SymbolicTensor): Layer[] {
  const postOrder = visit(features.sourceLayer);
  const depths = new Map<Layer, number>();
  for (const { layer } of postOrder.toReversed()) {
    const depth = depths.get(layer) ?? 0;
    depths.set(layer, depth);
    for (const input of inputsOf(layer)) depths.set(input, Math.max(depth + 1, depths.get(input) ?? 0));
  }
  return postOrder
    .filter(({ layer }) => layer.weights.length > 0)
    .sort((a, b) => depths.get(b.layer)! - depths.get(a.layer)! || a.number - b.number)
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
