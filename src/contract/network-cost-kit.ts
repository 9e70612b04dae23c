/**
 * Counts what layers cost, as gpu-worker/model/layer-kit.ts makes them: a backbone is gone through layer by layer with the shapes of its features and
 * no numbers, so that the page can do it while somebody types.
 *
 * Counted per frame: multiply-adds of the convolutions, as good as all of the work; and the numbers every layer writes, since training keeps
 * them for the gradients. A rectifier after a convolution or a normalisation writes over its input in the worker and is not a layer here.
 * test/worker/network-cost.test.ts holds the counts against the worker's own networks.
 */

/** Features of a frame, [H, W, C]. */
export interface Features {
  heightPx: number;
  widthPx: number;
  channels: number;
}

/** Features and their stride in pixels of the network's input. */
export interface Strided {
  features: Features;
  stride: number;
}

export interface ConvShape {
  /** Truncated to a whole number, as the worker does. */
  filters: number;
  kernelSize?: number;
  strides?: number;
  padding?: 'same' | 'valid';
  useBias?: boolean;
}

export class CostKit {
  /** Of a forward pass of one frame. */
  multiplyAdds = 0;
  /** Those of them in layers that are trained: a backward pass takes two for each. */
  trainedMultiplyAdds = 0;
  /** Numbers that all layers write for one frame. */
  activations = 0;
  /** Numbers that training changes. */
  parameters = 0;
  /** Those and the ones it does not: statistics of normalisations, frozen layers. */
  weights = 0;
  /** Whether the layers counted from now on are trained. */
  trainable = true;

  conv(x: Features, { filters, kernelSize = 3, strides = 1, padding = 'same', useBias = true }: ConvShape): Features {
    const channels = Math.trunc(filters);
    const along = (px: number) => Math.ceil((padding === 'same' ? px : px - kernelSize + 1) / strides);
    const y = this.#written({ heightPx: along(x.heightPx), widthPx: along(x.widthPx), channels });
    const kernel = kernelSize ** 2 * x.channels * channels;
    this.#count(y.heightPx * y.widthPx * kernel, kernel + (useBias ? channels : 0));
    return y;
  }

  /** With padding 'same' and a bias. It spends its kernel on every pixel that it reads. */
  transposedConv(
    x: Features,
    { filters, kernelSize, strides }: { filters: number; kernelSize: number; strides: number },
  ): Features {
    const kernel = kernelSize ** 2 * x.channels * filters;
    this.#count(x.heightPx * x.widthPx * kernel, kernel + filters);
    return this.upsample({ ...x, channels: filters }, strides);
  }

  batchNorm(x: Features): Features {
    // gamma and beta are trained, the moving mean and variance are not.
    this.#count(0, 2 * x.channels);
    this.weights += 2 * x.channels;
    return this.#written(x);
  }

  /** A layer that is all work and no weights, as a rectifier on its own or a sum of two of this shape. */
  elementwise(x: Features): Features {
    return this.#written(x);
  }

  /** Where the worker pads by hand, pad() comes first and `padding` is 'valid'. */
  maxPool(x: Features, { poolSize = 2, strides = 2, padding = 'same' as 'same' | 'valid' } = {}): Features {
    const along = (px: number) => Math.ceil((padding === 'same' ? px : px - poolSize + 1) / strides);
    return this.#written({ ...x, heightPx: along(x.heightPx), widthPx: along(x.widthPx) });
  }

  /** Zeros on all four sides. */
  pad(x: Features, px: number): Features {
    return this.#written({ ...x, heightPx: x.heightPx + 2 * px, widthPx: x.widthPx + 2 * px });
  }

  upsample(x: Features, factor = 2): Features {
    return this.#written({ ...x, heightPx: factor * x.heightPx, widthPx: factor * x.widthPx });
  }

  /** @param parts of one size; their channels are put side by side. */
  concat(parts: readonly [Features, ...Features[]]): Features {
    return this.#written({ ...parts[0], channels: parts.reduce((sum, { channels }) => sum + channels, 0) });
  }

  /**
   * Images in the range of ImageNet's weights: gray is repeated, then a frozen 1x1 convolution (gpu-worker/model/image-range.ts).
   * @param unit they stay in [0, 1]: no convolution.
   */
  toRange(image: Features, { unit }: { unit: boolean }): Features {
    const rgb = image.channels === 1 ? this.concat([image, image, image]) : image;
    if (unit) return rgb;
    const before = this.trainable;
    this.trainable = false;
    const prepared = this.conv(rgb, { filters: 3, kernelSize: 1 });
    this.trainable = before;
    return prepared;
  }

  /** Many layers at once, all trained. */
  addKnown(known: { parameters: number; weights: number; multiplyAdds: number; activations: number }): void {
    this.parameters += known.parameters;
    this.weights += known.weights;
    this.multiplyAdds += known.multiplyAdds;
    this.trainedMultiplyAdds += known.multiplyAdds;
    this.activations += known.activations;
  }

  #written(y: Features): Features {
    this.activations += y.heightPx * y.widthPx * y.channels;
    return y;
  }

  #count(multiplyAdds: number, weights: number): void {
    this.multiplyAdds += multiplyAdds;
    this.weights += weights;
    if (!this.trainable) return;
    this.trainedMultiplyAdds += multiplyAdds;
    this.parameters += weights;
  }
}
