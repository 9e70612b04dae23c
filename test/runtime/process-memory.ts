/** The memory of a server seen from outside, by Linux's /proc: of its process, or of the largest one where it started others. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Begins a measurement. @returns a function that gives the most bytes that any of the processes has gained since, at its highest point. */
export function watchMemory(pid: number): () => number {
  const before = new Map<number, number>();
  for (const id of withDescendants(pid)) {
    // Sets the highest point to what is there now (man 5 proc_pid_clear_refs).
    writeFileSync(`/proc/${id}/clear_refs`, '5');
    before.set(id, statusBytes(id, 'VmRSS'));
  }
  return () => Math.max(...[...before].map(([id, bytes]) => statusBytes(id, 'VmHWM') - bytes));
}

function statusBytes(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return 1024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)![1]);
}

function withDescendants(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap(task =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(withDescendants)];
}
