/**
 * The U-Nets that benches compare, the same as those of the PyTorch peer: SLEAP's baseline profiles and two small ones. `convolutions` lists what
 * they are made of, so that kernels can be timed one by one.
 */
import { BACKBONE_SCHEMAS, type BackboneChoice } from '../../src/contract/backbones.ts';

export interface UNetCase {
  heightPx: number;
  widthPx: number;
  channels: number;
  keypoints: number;
  filters: number;
  filtersRate: number;
  maxStride: number;
  outputStride: number;
  /** Bilinear upsampling; else transposed convolutions. */
  interpolate: boolean;
}

export const UNET_CASES = {
  robot: unet([160, 280, 3], 2, [8, 2], [4, 4], true),
  lab160: unet([160, 160, 1], 5, [16, 2], [8, 2], true),
  medium1024: unet([1024, 1024, 1], 13, [16, 2], [16, 2], true),
  large1024: unet([1024, 1024, 1], 13, [32, 1.5], [32, 4], true),
  default: unet([480, 640, 1], 4, [64, 2], [16, 4], false),
} satisfies Record<string, UNetCase>;

export type UNetName = keyof typeof UNET_CASES;

/** The cases of a command line; the smallest where none is named. Ends the process at an unknown one. */
export function casesNamed(names: readonly string[]): UNetName[] {
  const unknown = names.find(name => !(name in UNET_CASES));
  if (unknown !== undefined) {
    console.error(`There is no case ${unknown}: name some of ${Object.keys(UNET_CASES).join(', ')}.`);
    process.exit(1);
  }
  return names.length > 0 ? (names as UNetName[]) : ['robot'];
}

/** One convolution of a network, for one frame. */
export interface Convolution {
  /** Of its input; of its output for a transposed one, which is the gradient of a plain one. */
  heightPx: number;
  widthPx: number;
  kernel: number;
  stride: number;
  channels: number;
  filters: number;
}

export function backboneOf({ filters, filtersRate, maxStride, interpolate }: UNetCase): BackboneChoice {
  const config = { filters, filters_rate: filtersRate, max_stride: maxStride, up_interpolate: interpolate };
  return { backbone_model: 'unet', backbone_config: BACKBONE_SCHEMAS.unet.parse(config) } as BackboneChoice;
}

/** Every convolution from the image to the head, in order. */
export function convolutions(given: UNetCase): Convolution[] {
  const { heightPx, widthPx, keypoints, filters, filtersRate, maxStride, outputStride, interpolate } = given;
  const [down, up] = [Math.log2(maxStride), Math.log2(maxStride / outputStride)];
  const width = (block: number) => Math.trunc(filters * filtersRate ** block);
  const all: Convolution[] = [];
  let channels = given.channels;
  const add = (stride: number, to: number, kernel = 3, convStride = 1) => {
    all.push({
      heightPx: heightPx / stride,
      widthPx: widthPx / stride,
      kernel,
      stride: convStride,
      channels,
      filters: to,
    });
    channels = to;
  };
  for (let block = 0; block <= down; block++) for (let i = 0; i < 2; i++) add(2 ** block, width(block));
  for (let i = 0; i < up; i++) {
    const [stride, to] = [2 ** (down - 1 - i), width(down - 1 - i)];
    if (!interpolate) {
      // Its gradient runs from the large side to the small one.
      all.push({
        heightPx: heightPx / stride,
        widthPx: widthPx / stride,
        kernel: 3,
        stride: 2,
        channels: to,
        filters: channels,
      });
      channels = to;
    }
    channels += to;
    for (let j = 0; j < 2; j++) add(stride, to);
  }
  add(outputStride, keypoints, 1);
  return all;
}

function unet(
  [heightPx, widthPx, channels]: [number, number, number],
  keypoints: number,
  [filters, filtersRate]: [number, number],
  [maxStride, outputStride]: [number, number],
  interpolate: boolean,
): UNetCase {
  return { heightPx, widthPx, channels, keypoints, filters, filtersRate, maxStride, outputStride, interpolate };
}
