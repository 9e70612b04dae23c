/** A convolution by its definition, as direct loops: what the kernels of every backend are held against. Channels last. */

export type Pad = 'same' | 'valid';
export type Shape4D = [number, number, number, number];

export interface ConvCase {
  batch: number;
  size: [height: number, width: number];
  kernel: [number, number];
  stride: [number, number];
  dilation?: [number, number];
  pad: Pad;
  /** In and out. */
  channels: [number, number];
}

export type GroupedCase = ConvCase & { groups: number };
/** What every backend is asked: odd sizes and groups, strides, both paddings. */
export const GROUPED_CASES: GroupedCase[] = [
  { batch: 1, size: [9, 7], kernel: [3, 3], stride: [1, 1], pad: 'same', channels: [4, 4], groups: 1 },
  { batch: 2, size: [8, 11], kernel: [3, 3], stride: [1, 1], pad: 'same', channels: [6, 10], groups: 2 },
  { batch: 3, size: [9, 10], kernel: [3, 3], stride: [2, 2], pad: 'same', channels: [15, 9], groups: 3 },
  { batch: 2, size: [7, 9], kernel: [1, 1], stride: [2, 1], pad: 'valid', channels: [8, 68], groups: 4 },
  { batch: 1, size: [9, 12], kernel: [2, 5], stride: [3, 2], pad: 'valid', channels: [5, 5], groups: 5 },
];

/** Output length and leading zeros of one axis, as TensorFlow defines "same" and "valid". @param kernel its reach, dilation included */
export function axis(length: number, kernel: number, stride: number, pad: Pad): { out: number; before: number } {
  if (pad === 'valid') return { out: Math.floor((length - kernel) / stride) + 1, before: 0 };
  const out = Math.ceil(length / stride);
  return { out, before: Math.floor(Math.max(0, (out - 1) * stride + kernel - length) / 2) };
}

/** Calls visit(x index, filter index, y index) for every product that a convolution sums. @returns the height and width of y. */
export function eachProduct(
  given: ConvCase,
  visit: (x: number, w: number, y: number) => void,
): [height: number, width: number] {
  const { batch, size, kernel, stride, dilation = [1, 1], pad, channels } = given;
  const [H, W] = size;
  const [C, M] = channels;
  const rows = axis(H, (kernel[0] - 1) * dilation[0] + 1, stride[0], pad);
  const columns = axis(W, (kernel[1] - 1) * dilation[1] + 1, stride[1], pad);
  for (let b = 0; b < batch; b++)
    for (let oh = 0; oh < rows.out; oh++)
      for (let ow = 0; ow < columns.out; ow++)
        for (let i = 0; i < kernel[0]; i++)
          for (let j = 0; j < kernel[1]; j++) {
            const h = oh * stride[0] + i * dilation[0] - rows.before;
            const w = ow * stride[1] + j * dilation[1] - columns.before;
            if (h < 0 || h >= H || w < 0 || w >= W) continue;
            for (let c = 0; c < C; c++)
              for (let m = 0; m < M; m++)
                visit(
                  ((b * H + h) * W + w) * C + c,
                  ((i * kernel[1] + j) * C + c) * M + m,
                  ((b * rows.out + oh) * columns.out + ow) * M + m,
                );
          }
  return [rows.out, columns.out];
}

/**
 * The same where channels come in groups: the outputs of a group lie together and meet its inputs alone. As many groups as inputs: a depthwise one.
 * Of the filter, [KH, KW, C / groups, N].
 */
export function eachGroupedProduct(given: GroupedCase, visit: (x: number, w: number, y: number) => void): void {
  const { groups, channels } = given;
  const [C, N] = channels;
  const inputs = C / groups;
  eachProduct({ ...given, channels: [1, 1] }, (x, w, y) => {
    for (let n = 0; n < N; n++) {
      const first = Math.floor(n / (N / groups)) * inputs;
      for (let c = 0; c < inputs; c++) visit(x * C + first + c, (w * inputs + c) * N + n, y * N + n);
    }
  });
}

/** Of image, filter and result. */
export function convShapes(given: ConvCase): { x: Shape4D; filter: Shape4D; y: Shape4D } {
  const out = eachProduct({ ...given, batch: 0 }, () => {});
  return {
    x: [given.batch, ...given.size, given.channels[0]],
    filter: [...given.kernel, ...given.channels],
    y: [given.batch, ...out, given.channels[1]],
  };
}

/** A sentence's subject for a test: "3x3 stride 2x1 same on 5 of 8x11, 3 to 5 channels". */
export function nameOfConv({ batch, size, kernel, stride, dilation, pad, channels }: ConvCase): string {
  const taps = dilation ? ` dilation ${dilation.join('x')}` : '';
  return `${kernel.join('x')} stride ${stride.join('x')}${taps} ${pad} on ${batch} of ${size.join('x')}, ${channels.join(' to ')} channels`;
}
