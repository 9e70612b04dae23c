/**
 * Those whom the CPU backend is compared with, each in a process of its own, one after another: the project's first kernels and stock TensorFlow.js
 * (first-wasm-path/step.ts), ONNX Runtime where PEERS_DIR names a folder in which `npm i onnxruntime-node` was run, and PyTorch where PEER_PYTHON names a
 * Python that has it and PEER_SCRIPT the script that times it (it takes --device cpu --threads N --case A B --batch 1 4 --seconds S and prints a line
 * of JSON for each: what, case, batch, ms). A peer that is not there is not measured.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { UNetName } from '../unet-cases.ts';
import type { StepRow, What } from './steps.ts';

const execute = promisify(execFile);

export const PEERS = ['first', 'stock', 'onnx', 'torch'] as const;
export type Peer = (typeof PEERS)[number];
export type PeerRow = StepRow & { peer: Peer };

export interface PeerOptions {
  cases: UNetName[];
  batches: number[];
  threads: number;
  seconds: number;
  profile: boolean;
}

/** @returns nothing where the peer is not there, or cannot do it. */
export async function measurePeer(peer: Peer, what: What, options: PeerOptions): Promise<PeerRow[]> {
  const { cases, batches, threads, seconds, profile } = options;
  const { PEERS_DIR: folder, PEER_PYTHON: python, PEER_SCRIPT: script } = process.env;
  const common = ['--threads', `${threads}`, '--seconds', `${seconds}`];
  const joined = [...common, '--case', cases.join(), '--batch', batches.join()];
  if (peer === 'torch') {
    if (!python || !script) return [];
    const lists = ['--case', ...cases, '--batch', ...batches.map(String)];
    return rowsOf(peer, what, python, [script, '--device', 'cpu', ...common, ...lists]);
  }
  const own = (path: string) => [...process.execArgv, fileURLToPath(new URL(path, import.meta.url))];
  if (peer === 'onnx') {
    if (!folder || what === 'train') return [];
    return rowsOf(peer, what, process.execPath, [...own('./onnx-step.ts'), folder, ...joined]);
  }
  // Stock TensorFlow.js has no gradient of a filter on wasm.
  if (peer === 'stock' && what === 'train') return [];
  const more = profile ? ['--profile'] : [];
  return rowsOf(peer, what, process.execPath, [...own('../first-wasm-path/step.ts'), peer, what, ...joined, ...more]);
}

async function rowsOf(peer: Peer, what: What, program: string, given: string[]): Promise<PeerRow[]> {
  const { stdout } = await execute(program, given, { maxBuffer: 2 ** 24 });
  const rows = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as StepRow);
  return rows.filter(row => row.what === what).map(row => ({ ...row, peer }));
}
