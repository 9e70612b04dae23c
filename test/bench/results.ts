/** Where benches leave their figures: test/bench/results/NAME-DATE.json, with the machine they were measured on. */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';

export async function saveResult(result: { name: string; device: string; cases: object[] }): Promise<void> {
  const { name, device, cases } = result;
  const machine = `${availableParallelism()} cores, ${cpus()[0]?.model.trim() ?? 'unknown'}`;
  const date = new Date().toISOString();
  const text = JSON.stringify({ name, machine, node: process.version, device, date, cases });
  console.log(text);
  const folder = new URL('./results/', import.meta.url);
  await mkdir(folder, { recursive: true });
  await writeFile(new URL(`${name}-${date.slice(0, 10)}.json`, folder), `${text}\n`);
}
