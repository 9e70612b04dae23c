/**
 * A U-Net of the benches as an ONNX file, with random weights: what ONNX Runtime is timed with. Channels first, as ONNX has it.
 *
 * ONNX is protobuf, of which three kinds of fields are needed: varints, four bytes of a float, and bytes with their length. The numbers of fields are
 * those of onnx.proto (opset 13). Leaves out: transposed convolutions.
 */
import type { UNetCase } from '../unet-cases.ts';

const FLOAT = 1;
/** Of AttributeProto. */
const [AN_INT, A_STRING, INTS] = [2, 3, 7];

/** @returns the file: image [batch, C, H, W] -> maps [batch, K, h, w]. */
export function onnxUNet(given: UNetCase, batch: number): Uint8Array {
  const { heightPx, widthPx, channels: inputs, keypoints, filters, filtersRate, maxStride, outputStride } = given;
  const [down, up] = [Math.log2(maxStride), Math.log2(maxStride / outputStride)];
  const width = (block: number) => Math.trunc(filters * filtersRate ** block);
  const parts: Buffer[] = [];
  const weight = (name: string, dims: number[], values: Float32Array) =>
    parts.push(bytes(5, tensor(name, dims, values)));
  let made = 0;
  let channels = inputs;
  const node = (type: string, from: string[], attributes: Buffer[] = [], to = `t${made++}`) => {
    const names = [...from.map(name => text(1, name)), text(2, to)];
    parts.push(bytes(1, Buffer.concat([...names, text(4, type), ...attributes.map(each => bytes(5, each))])));
    return to;
  };
  const conv = (x: string, to: number, kernel = 3, output?: string) => {
    const name = `w${made}`;
    const values = Float32Array.from({ length: to * channels * kernel ** 2 }, () => (Math.random() - 0.5) / channels);
    weight(name, [to, channels, kernel, kernel], values);
    weight(`${name}b`, [to], new Float32Array(to));
    channels = to;
    const pads = ints('pads', new Array(4).fill((kernel - 1) / 2));
    return node('Conv', [x, name, `${name}b`], [ints('kernel_shape', [kernel, kernel]), pads], output);
  };
  const block = (x: string, to: number) => {
    const inner = node('Relu', [conv(x, to)]);
    return node('Relu', [conv(inner, to)]);
  };
  weight('twice', [4], Float32Array.of(1, 1, 2, 2));
  const skips: { name: string; channels: number }[] = [];
  let x = 'image';
  for (let i = 0; i < down; i++) {
    x = block(x, width(i));
    skips.push({ name: x, channels });
    x = node('MaxPool', [x], [ints('kernel_shape', [2, 2]), ints('strides', [2, 2])]);
  }
  x = block(x, width(down));
  for (let i = 0; i < up; i++) {
    const skip = skips[down - 1 - i]!;
    const mode = [string('mode', 'linear'), string('coordinate_transformation_mode', 'half_pixel')];
    const larger = node('Resize', [x, '', 'twice'], mode);
    x = node('Concat', [skip.name, larger], [int('axis', 1)]);
    channels += skip.channels;
    x = block(x, width(down - 1 - i));
  }
  conv(x, keypoints, 1, 'maps');
  parts.push(text(2, 'unet'));
  parts.push(bytes(11, valueInfo('image', [batch, inputs, heightPx, widthPx])));
  parts.push(bytes(12, valueInfo('maps', [batch, keypoints, heightPx / outputStride, widthPx / outputStride])));
  const opset = Buffer.concat([text(1, ''), varint(2, 13)]);
  return Buffer.concat([varint(1, 8), bytes(7, Buffer.concat(parts)), bytes(8, opset)]);
}

function tensor(name: string, dims: number[], values: Float32Array): Buffer {
  const raw = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return Buffer.concat([...dims.map(dim => varint(1, dim)), varint(2, FLOAT), text(8, name), bytes(9, raw)]);
}

function valueInfo(name: string, dims: number[]): Buffer {
  const shape = Buffer.concat(dims.map(dim => bytes(1, varint(1, dim))));
  const tensorType = Buffer.concat([varint(1, FLOAT), bytes(2, shape)]);
  return Buffer.concat([text(1, name), bytes(2, bytes(1, tensorType))]);
}

const int = (name: string, value: number) => Buffer.concat([text(1, name), varint(3, value), varint(20, AN_INT)]);
const string = (name: string, value: string) => Buffer.concat([text(1, name), text(4, value), varint(20, A_STRING)]);
const ints = (name: string, values: number[]) =>
  Buffer.concat([text(1, name), ...values.map(value => varint(8, value)), varint(20, INTS)]);

const text = (field: number, value: string) => bytes(field, Buffer.from(value));
const bytes = (field: number, value: Buffer) => Buffer.concat([encode(field * 8 + 2), encode(value.length), value]);
const varint = (field: number, value: number) => Buffer.concat([encode(field * 8), encode(value)]);

/** Seven bits a byte, the lowest first. */
function encode(value: number): Buffer {
  const all: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) all.push((value % 128) + 128);
  return Buffer.from([...all, value]);
}
