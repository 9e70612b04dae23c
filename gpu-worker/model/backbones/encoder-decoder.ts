/**
 * How U-Net, LEAP and hourglass are wired: an optional stem, then stacks of an encoder and a decoder, one after another.
 *
 * SLEAP's EncoderDecoder (sleap/nn/architectures/encoder_decoder.py, v1.4.1), whose rule for skips is kept exactly: a decoder step takes the
 * first features of its stride among the stem's output and the first encoder block that reached each stride; the encoder's last
 * features are no source. So at the stem's own stride it is the stem's output, not the encoder's, that is joined.
 * The architectures supply the blocks; SLEAP's names of layers come from the prefixes given here.
 */
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';

export interface EncoderBlock {
  /** Factor on the stride: 2 where the block pools. */
  poolingStride: 1 | 2 | 4;
  build(x: SymbolicTensor, prefix: string): SymbolicTensor;
}

export interface DecoderBlock {
  /** Halves the stride. @param skip features of the new stride; null where there are none. */
  build(x: SymbolicTensor, skip: SymbolicTensor | null, prefix: string, currentStride: number): SymbolicTensor;
}

export interface EncoderDecoder {
  /** Blocks before the first stack, not repeated. */
  stem: EncoderBlock[];
  encoder: EncoderBlock[];
  decoder: DecoderBlock[];
  stacks: number;
}

/** Activations and their stride, in input pixels. */
export interface Feature {
  tensor: SymbolicTensor;
  stride: number;
}

/** @returns the output of each stack, all of the same stride. */
export function buildStacks(
  image: SymbolicTensor,
  { stem, encoder, decoder, stacks }: EncoderDecoder,
): SymbolicTensor[] {
  const { tensor, stride } = run(stem, { tensor: image, stride: 1 }, 'stem').end;
  const stemFeatures: Feature[] = stem.length > 0 ? [{ tensor, stride }] : [];

  const outputs: SymbolicTensor[] = [];
  let x = tensor;
  for (let stack = 0; stack < stacks; stack++) {
    const { end, reached } = run(encoder, { tensor: x, stride }, `stack${stack}_enc`);
    const sources = [...stemFeatures, ...reached.slice(0, -1)];
    let current = end;
    for (const [i, block] of decoder.entries()) {
      const next = current.stride / 2;
      const skip = sources.find(source => source.stride === next)?.tensor ?? null;
      current = { tensor: block.build(current.tensor, skip, `stack${stack}_dec${i}`, current.stride), stride: next };
    }
    x = current.tensor;
    outputs.push(x);
  }
  return outputs;
}

/** @returns the last features, and the first of each stride. */
function run(blocks: EncoderBlock[], from: Feature, prefix: string): { end: Feature; reached: Feature[] } {
  const reached: Feature[] = [];
  let end = from;
  for (const [i, block] of blocks.entries()) {
    end = { tensor: block.build(end.tensor, `${prefix}${i}`), stride: end.stride * block.poolingStride };
    if (!reached.some(feature => feature.stride === end.stride)) reached.push(end);
  }
  return { end, reached };
}
