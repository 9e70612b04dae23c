/**
 * Conv2DBackpropFilter: the gradient of a convolution with respect to its filter, which the stock wasm backend lacks.
 *
 *   x [B, H, W, C], dy [B, OH, OW, M]  ->  dW [KH, KW, C, M]
 *   dW[i, j, c, m] = sum over b, h, w of  x[b, h*sh + i - top, w*sw + j - left, c] * dy[b, h, w, m]
 *
 * For one column j of the filter this is itself a convolution, in which the batch has changed places with the channels: the sum over
 * (w, b) is one over "input channels", the sum over h one over the rows of a filter as tall as dy, and (i, c) are the output's pixels:
 *   image  X_j [1, H, C, OW*B]   the columns of x that tap j meets, as [row, channel, column and frame]
 *   filter D   [OH, 1, OW*B, M]  dy, as [row, 1, column and frame, channel]; its rows lie sh apart (a dilation)
 *   result     [1, KH, C, M]     dW[:, j]
 * So XNNPACK's threaded SIMD convolution does the work with long inner sums, and packs D once for all KW columns. The obvious
 * form, one convolution with B input channels and a filter of OH*OW taps, sums B numbers at a time.
 * Limits: float32, channels last, no dilation of the forward convolution (no backend of TensorFlow.js has that gradient).
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { backend_util, KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { compose } from './compose.ts';
import { convInfo, type Shape4D } from './conv-info.ts';

export const conv2dBackpropFilter: KernelConfig = {
  kernelName: 'Conv2DBackpropFilter',
  backendName: 'wasm',
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
    const { filterShape } = attrs as unknown as { filterShape: Shape4D };
    const conv = convInfo(x.shape as Shape4D, filterShape, attrs);
    return filterGradient(backend as BackendWasm, x, dy, conv);
  },
};

function filterGradient(
  backend: BackendWasm,
  x: TensorInfo,
  dy: TensorInfo,
  conv: backend_util.Conv2DInfo,
): TensorInfo {
  const { batchSize: B, inHeight: H, inWidth: W, inChannels: C, outHeight: OH, outWidth: OW, outChannels: M } = conv;
  const { filterHeight: KH, filterWidth: KW, strideHeight: sh, strideWidth: sw } = conv;
  const { top, left } = conv.padInfo;
  const reachH = (OH - 1) * sh + 1; // rows of x that one row of the filter meets
  const bottom = Math.max(0, KH - 1 + reachH - H - top);
  const paddedW = sw * Math.ceil(Math.max(left + W, KW - 1 + (OW - 1) * sw + 1) / sw);
  const phaseW = paddedW / sw;

  return compose(backend, run => {
    // Views of two dimensions: the stock Pad and Slice copy whole rows then, and are several times as fast.
    const turned = run('Transpose', { x }, { perm: [1, 3, 2, 0] }); // [H, C, W, B]
    const padded = run(
      'PadV2',
      { x: { ...turned, shape: [H * C, W * B] } },
      {
        paddings: [
          [0, 0],
          [left * B, (paddedW - left - W) * B],
        ],
        constantValue: 0,
      },
    );
    // With a stride the columns are sorted by their remainder, so that a tap meets neighbours: [sw, H, C, paddedW/sw, B].
    const image =
      sw === 1 ? padded : run('Transpose', { x: { ...padded, shape: [H * C, phaseW, sw, B] } }, { perm: [2, 0, 1, 3] });
    const filter = run('Transpose', { x: dy }, { perm: [1, 2, 0, 3] }); // [OH, OW, B, M]
    const columns = Array.from({ length: KW }, (_, j) => {
      const met = run(
        'Slice',
        { x: { ...image, shape: [sw * H * C, phaseW * B] } },
        { begin: [(j % sw) * H * C, Math.floor(j / sw) * B], size: [H * C, OW * B] },
      );
      const column = run(
        'Conv2D',
        { x: { ...met, shape: [1, H, C, OW * B] }, filter: { ...filter, shape: [OH, 1, OW * B, M] } },
        {
          strides: [1, 1],
          pad: [
            [0, 0],
            [top, bottom],
            [0, 0],
            [0, 0],
          ],
          dataFormat: 'NHWC',
          dilations: [sh, 1],
        },
      );
      // Rows beyond KH arise where the forward stride left rows of x unread.
      const rows = { ...column, shape: [column.shape[1]!, C * M] };
      return rows.shape[0] === KH ? rows : run('Slice', { x: rows }, { begin: [0, 0], size: [KH, C * M] });
    });
    const joined = KW === 1 ? columns[0]! : run('Concat', columns as never, { axis: 1 });
    return { ...joined, shape: [KH, KW, C, M] };
  });
}
