/** What the benches share: their arguments, the middle of several times, and where figures are left: results/NAME-DATE.json, with machine and date. */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';

/** What follows the bench's name, whether it was started by main.ts or as a bundle of its own on a GPU host. */
export function argumentsOf(bench: string): string[] {
  return process.argv.slice(process.argv[2] === bench ? 3 : 2);
}

export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}

export async function saveResult({
  name,
  device,
  cases,
}: {
  name: string;
  device: string;
  cases: object[];
}): Promise<void> {
  const machine = `${availableParallelism()} cores, ${cpus()[0]?.model.trim() ?? 'unknown'}`;
  const date = new Date().toISOString();
  const text = JSON.stringify({ name, machine, node: process.version, device, date, cases });
  console.log(text);
  const folder = new URL('./results/', import.meta.url);
  await mkdir(folder, { recursive: true });
  await writeFile(new URL(`${name}-${date.slice(0, 10)}.json`, folder), `${text}\n`);
}
