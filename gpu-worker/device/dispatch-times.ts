/** How long the GPU takes for each dispatch of a list of commands, by its own clock: for profiles, not for training. */
import type { Command, Dispatch } from './capture.ts';

export interface DispatchTime {
  /** The label of its pipeline. */
  name: string;
  ms: number;
}

/** Most timestamps that one set holds. */
const MOST_QUERIES = 4096;
const BYTES_PER_TIMESTAMP = 8;

/** Executes the commands, each dispatch in a pass of its own; null where the device has no timestamps, and nothing is executed. */
export async function timeDispatches(device: GPUDevice, commands: readonly Command[]): Promise<DispatchTime[] | null> {
  if (!device.features.has('timestamp-query')) return null;
  const times: DispatchTime[] = [];
  for (let start = 0; start < commands.length; start += MOST_QUERIES / 2) {
    times.push(...(await timePart(device, commands.slice(start, start + MOST_QUERIES / 2))));
  }
  return times;
}

async function timePart(device: GPUDevice, commands: readonly Command[]): Promise<DispatchTime[]> {
  const dispatches = commands.filter((command): command is Dispatch => command.kind === 'dispatch');
  const count = 2 * dispatches.length;
  const size = Math.max(1, count) * BYTES_PER_TIMESTAMP;
  const querySet = device.createQuerySet({ type: 'timestamp', count: Math.max(1, count) });
  const resolved = device.createBuffer({ size, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
  const readable = device.createBuffer({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  const encoder = device.createCommandEncoder();
  let next = 0;
  for (const command of commands) {
    if (command.kind === 'copy') {
      encoder.copyBufferToBuffer(command.from, 0, command.to, 0, command.bytes);
      continue;
    }
    const timestampWrites = { querySet, beginningOfPassWriteIndex: next++, endOfPassWriteIndex: next++ };
    const pass = encoder.beginComputePass({ timestampWrites });
    pass.setPipeline(command.pipeline);
    pass.setBindGroup(0, command.bindGroup);
    pass.dispatchWorkgroups(...command.workgroups);
    pass.end();
  }
  if (count > 0) encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
  encoder.copyBufferToBuffer(resolved, 0, readable, 0, size);
  device.queue.submit([encoder.finish()]);
  await readable.mapAsync(GPUMapMode.READ);
  const ns = new BigUint64Array(readable.getMappedRange().slice(0));
  for (const made of [querySet, resolved, readable]) made.destroy();
  return dispatches.map(({ pipeline }, i) => ({ name: pipeline.label, ms: Number(ns[2 * i + 1]! - ns[2 * i]!) / 1e6 }));
}
