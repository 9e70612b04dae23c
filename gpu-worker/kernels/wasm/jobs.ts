/**
 * The jobs that the threads know: for each its arguments, in the order and with the types in which its class in assembly/ declares them. A job's
 * place in this list is its number in assembly/kernels.ts. A test holds this list against the sources.
 */

/** usize: an address or a count of bytes. */
type Type = 'usize' | 'i32' | 'f32';

const PACK_FILTER = {
  filter: 'usize',
  bias: 'usize',
  panels: 'usize',
  rows: 'i32',
  columns: 'i32',
  inputs: 'i32',
  outputs: 'i32',
  row: 'i32',
  column: 'i32',
  input: 'i32',
  output: 'i32',
} as const satisfies Record<string, Type>;

const POOL = {
  ...{ large: 'usize', small: 'usize' },
  ...{ height: 'i32', width: 'i32', channels: 'i32', outRows: 'i32', outHeight: 'i32', outWidth: 'i32' },
  ...{ kernelHeight: 'i32', kernelWidth: 'i32', strideHeight: 'i32', strideWidth: 'i32', top: 'i32', left: 'i32' },
  ...{ bandRows: 'i32' },
} as const satisfies Record<string, Type>;

export const JOBS = {
  packFilter: PACK_FILTER,
  conv: {
    ...{ x: 'usize', panels: 'usize', y: 'usize', band: 'usize', bandBytes: 'usize' },
    ...{ height: 'i32', width: 'i32', channels: 'i32', xPixel: 'usize' },
    ...{ outHeight: 'i32', outWidth: 'i32', outChannels: 'i32', yImage: 'usize', yRow: 'usize', yPixel: 'usize' },
    ...{ kernelHeight: 'i32', kernelWidth: 'i32', strideHeight: 'i32', strideWidth: 'i32' },
    ...{ dilationHeight: 'i32', dilationWidth: 'i32', top: 'i32', left: 'i32' },
    ...{ bandRows: 'i32', bands: 'i32', shares: 'i32', rectify: 'i32' },
  },
  convFilterGradient: {
    ...{ x: 'usize', dy: 'usize', parts: 'usize', band: 'usize', bandBytes: 'usize' },
    ...{ height: 'i32', width: 'i32', channels: 'i32', xPixel: 'usize', dyPixel: 'usize' },
    ...{ outHeight: 'i32', outWidth: 'i32', outChannels: 'i32', kernelHeight: 'i32', kernelWidth: 'i32' },
    ...{
      strideHeight: 'i32',
      strideWidth: 'i32',
      top: 'i32',
      left: 'i32',
      batch: 'i32',
      groups: 'i32',
      bandRows: 'i32',
    },
  },
  sumFilterParts: {
    ...{ parts: 'usize', sum: 'usize', sumRow: 'usize' },
    ...{ groups: 'i32', kernelHeight: 'i32', run: 'i32', outChannels: 'i32' },
  },
  winogradFilter: PACK_FILTER,
  winograd: {
    ...{ x: 'usize', panels: 'usize', y: 'usize', room: 'usize', roomBytes: 'usize' },
    ...{ height: 'i32', width: 'i32', channels: 'i32', xPixel: 'usize' },
    ...{ outHeight: 'i32', outWidth: 'i32', outChannels: 'i32', yImage: 'usize', yRow: 'usize', yPixel: 'usize' },
    ...{ top: 'i32', left: 'i32', blockRows: 'i32', blockColumns: 'i32', blocksDown: 'i32', blocksAcross: 'i32' },
    ...{ shares: 'i32', rectify: 'i32' },
  },
  winogradFilterGradient: {
    ...{ x: 'usize', dy: 'usize', parts: 'usize', room: 'usize', roomBytes: 'usize' },
    ...{ height: 'i32', width: 'i32', channels: 'i32', xPixel: 'usize', dyPixel: 'usize' },
    ...{ outHeight: 'i32', outWidth: 'i32', outChannels: 'i32', top: 'i32', left: 'i32', batch: 'i32', groups: 'i32' },
    ...{ blockRows: 'i32', blockColumns: 'i32' },
  },
  sumWinogradParts: {
    ...{ parts: 'usize', sum: 'usize', sumRow: 'usize', room: 'usize', roomBytes: 'usize' },
    ...{ groups: 'i32', channels: 'i32', outChannels: 'i32' },
  },
  squaredErrorParts: { output: 'usize', target: 'usize', parts: 'usize', size: 'i32', chunk: 'i32' },
  squaredErrorGradient: {
    ...{ output: 'usize', target: 'usize', dy: 'usize', dx: 'usize', size: 'i32', chunk: 'i32', factor: 'f32' },
  },
  amsGradUpdate: { table: 'usize', alpha: 'f32', scale: 'f32', share1: 'f32', share2: 'f32', epsilon: 'f32' },
  batchMoments: { x: 'usize', parts: 'usize', pixels: 'i32', channels: 'i32', groups: 'i32' },
  batchGradientSums: {
    ...{ dy: 'usize', x: 'usize', y: 'usize', mean: 'usize', parts: 'usize' },
    ...{ pixels: 'i32', channels: 'i32', groups: 'i32' },
  },
  batchNormalize: {
    ...{ x: 'usize', y: 'usize', coefficients: 'usize', size: 'i32', chunk: 'i32', period: 'i32', low: 'f32' },
  },
  batchInputGradient: {
    ...{ dy: 'usize', x: 'usize', y: 'usize', dx: 'usize', coefficients: 'usize' },
    ...{ size: 'i32', chunk: 'i32', period: 'i32' },
  },
  copyRows: {
    ...{ from: 'usize', to: 'usize', fromRow: 'usize', toRow: 'usize', rows: 'i32', run: 'i32', bandRows: 'i32' },
  },
  depthwise: {
    ...{ x: 'usize', filter: 'usize', bias: 'usize', y: 'usize', band: 'usize', bandBytes: 'usize' },
    ...{ height: 'i32', width: 'i32', channels: 'i32', multiplier: 'i32', outHeight: 'i32', outWidth: 'i32' },
    ...{ yImage: 'usize', yRow: 'usize', yPixel: 'usize' },
    ...{ kernelHeight: 'i32', kernelWidth: 'i32', filterRow: 'i32', filterColumn: 'i32' },
    ...{ strideHeight: 'i32', strideWidth: 'i32', dilationHeight: 'i32', dilationWidth: 'i32' },
    ...{ top: 'i32', left: 'i32', bandRows: 'i32', bands: 'i32', low: 'f32', high: 'f32' },
  },
  sumRuns: { x: 'usize', y: 'usize', size: 'i32', run: 'i32', chunk: 'i32' },
  depthwiseFilterGradient: {
    ...{ x: 'usize', dy: 'usize', parts: 'usize', band: 'usize', bandBytes: 'usize' },
    ...{ height: 'i32', width: 'i32', channels: 'i32', multiplier: 'i32', outHeight: 'i32', outWidth: 'i32' },
    ...{ kernelHeight: 'i32', kernelWidth: 'i32', strideHeight: 'i32', strideWidth: 'i32' },
    ...{ dilationHeight: 'i32', dilationWidth: 'i32', top: 'i32', left: 'i32' },
    ...{ batch: 'i32', groups: 'i32', bandRows: 'i32' },
  },
  biasGradient: {
    ...{ dy: 'usize', y: 'usize', dz: 'usize', parts: 'usize', size: 'i32', period: 'i32', bandRows: 'i32' },
  },
  reluGradient: { dy: 'usize', y: 'usize', dx: 'usize', size: 'i32', chunk: 'i32', high: 'f32' },
  maxPool: POOL,
  maxPoolGradient: {
    ...{ x: 'usize', dy: 'usize', dx: 'usize' },
    ...{ height: 'i32', width: 'i32', channels: 'i32', outRows: 'i32', outHeight: 'i32', outWidth: 'i32' },
    ...{ kernelHeight: 'i32', kernelWidth: 'i32', strideHeight: 'i32', strideWidth: 'i32', top: 'i32', left: 'i32' },
    ...{ bandRows: 'i32', groupChannels: 'i32' },
  },
  halfPixelUpsampling: {
    ...{ x: 'usize', y: 'usize', height: 'i32', width: 'i32', channels: 'i32', factor: 'i32' },
    ...{ blockRows: 'i32', bandRows: 'i32' },
  },
  halfPixelUpsamplingGradient: {
    ...{ dy: 'usize', dx: 'usize', height: 'i32', width: 'i32', channels: 'i32', factor: 'i32' },
    ...{ rows: 'i32', bandRows: 'i32' },
  },
  nearestUpsampling: { small: 'usize', large: 'usize', width: 'i32', channels: 'i32', rows: 'i32', bandRows: 'i32' },
  nearestUpsamplingGradient: {
    small: 'usize',
    large: 'usize',
    width: 'i32',
    channels: 'i32',
    rows: 'i32',
    bandRows: 'i32',
  },
  add: { a: 'usize', b: 'usize', y: 'usize', size: 'i32', chunk: 'i32' },
  swish: { dy: 'usize', x: 'usize', y: 'usize', size: 'i32', chunk: 'i32' },
  channelGate: {
    ...{ x: 'usize', gate: 'usize', y: 'usize' },
    ...{ height: 'i32', width: 'i32', channels: 'i32', rows: 'i32', bandRows: 'i32' },
  },
  channelGateGradient: {
    ...{ dy: 'usize', x: 'usize', gate: 'usize', dx: 'usize', parts: 'usize' },
    ...{ pixels: 'i32', channels: 'i32', bands: 'i32', bandPixels: 'i32' },
  },
  averagePool: POOL,
  averagePoolGradient: POOL,
  mapMaxima: {
    ...{ maps: 'usize', parts: 'usize' },
    ...{ height: 'i32', width: 'i32', channels: 'i32', bands: 'i32', bandRows: 'i32' },
  },
  globalPeaks: {
    ...{ maps: 'usize', parts: 'usize', height: 'i32', width: 'i32', channels: 'i32', bands: 'i32' },
    ...{ peaks: 'usize', isLocal: 'i32', reach: 'i32', threshold: 'f32' },
  },
  fitLevels: {
    ...{ levels: 'usize', y: 'usize', columns: 'usize', rows: 'usize' },
    ...{ inHeight: 'i32', inRow: 'i32', scaledHeight: 'i32', scaledRow: 'i32', height: 'i32', outRow: 'i32' },
    ...{ outRows: 'i32', bandRows: 'i32', isScaled: 'i32' },
  },
} as const satisfies Record<string, Record<string, Type>>;

export type Job = keyof typeof JOBS;
export type Arguments<J extends Job> = { [Name in keyof (typeof JOBS)[J]]: number };
