/** The least that a submission of a training is made of. No worker reads it: the dataset only looks like one from outside. */
import { expect } from 'vitest';
import type { TestApi } from './api.ts';

/** The 32 bytes of a 7z start header that announces `rest` more bytes, and those. */
export function sevenZipLike(rest = 10, present = rest): Buffer {
  const bytes = Buffer.alloc(32 + present);
  bytes.set([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4]);
  bytes.writeBigUInt64LE(0n, 12);
  bytes.writeBigUInt64LE(BigInt(rest), 20);
  return bytes;
}
export const dataset = sevenZipLike().toString('base64');
export const config = {
  test_fraction: 0.2,
  num_epochs: 2,
  learning_rate: 1e-4,
  backbone_model: 'unet',
  heads_sigma: 1.5,
  heads_output_stride: 4,
};

export const json = async (response: Promise<Response>) => {
  const answer = await response;
  return { status: answer.status, body: await answer.json() };
};

export async function submit(api: TestApi): Promise<{ model_uid: string; task_id: string }> {
  const response = await api.post('/api/train-network', { training_dataset: dataset, training_config: config });
  expect(response.status).toBe(200);
  return response.json();
}
