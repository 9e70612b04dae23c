/** The thread that computes: TensorFlow.js, its backend and the network live here. It answers one question at a time, in order. */
import * as tf from '@tensorflow/tfjs-core';
import { openBackend } from './backend.ts';
import type { Answer, FrameResult, Question } from './engine-messages.ts';
import { Network } from './network.ts';

/** Within which a browser tells that a GPU is gone, once its work fails. */
const LOSS_TOLD_MS = 200;

let network: Network | null = null;
let canvas: OffscreenCanvas | null = null;

addEventListener('message', async ({ data }: MessageEvent<Question>) => {
  try {
    const answered = await answer(data);
    tell(answered, answered.kind === 'frame' ? [answered.result.bitmap] : []);
  } catch (error) {
    // A GPU that goes takes its work with it: its loss explains the failure, and is told first.
    if (tf.getBackend() === 'webgpu') await new Promise(resolve => setTimeout(resolve, LOSS_TOLD_MS));
    tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
});

async function answer(question: Question): Promise<Answer> {
  if (question.kind === 'frame') return { kind: 'frame', result: await compute(question.bitmap, question.heatOf) };
  const device = await openBackend(question.backend, message => tell({ kind: 'lost', message }));
  network = await Network.load(question.network);
  await network.warmUp();
  return { kind: 'opened', device };
}

async function compute(bitmap: ImageBitmap, heatOf: number | null): Promise<FrameResult> {
  const begunMs = performance.now();
  const { points, heat } = await network!.run(pixelsOf(bitmap), heatOf);
  return { bitmap, points, heat, ms: performance.now() - begunMs, tensors: tf.memory().numTensors };
}

function pixelsOf(bitmap: ImageBitmap): ImageData {
  const { width, height } = bitmap;
  if (canvas?.width !== width || canvas.height !== height) canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.globalCompositeOperation = 'copy';
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, width, height);
}

function tell(told: Answer, transfer: Transferable[] = []): void {
  postMessage(told, { transfer });
}
