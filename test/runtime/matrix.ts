/** What was measured of each runtime: a row a request or file, a column a runtime. Each test file leaves its column as a file of JSON. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Cell {
  status: number;
  /** Of the answer's body, or of the file that was sent. */
  sizeBytes: number;
  seconds: number;
  /** Most memory that the server's process took beyond what it had before; absent: not measured. */
  extraBytes?: number;
}
/** By the name of the row. */
export type Column = Record<string, Cell>;

export function saveColumn(folder: string, runtime: string, column: Column): void {
  writeFileSync(join(folder, `${runtime}.json`), JSON.stringify(column));
}

/** Prints all columns of the folder as one table; RUNTIME_MATRIX names a file for the figures as JSON. */
export function printMatrix(folder: string): void {
  const runtimes = readdirSync(folder).map(name => name.replace('.json', ''));
  if (runtimes.length === 0) return;
  const columns: Column[] = runtimes.map(name => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')));
  const rows = [...new Set(columns.flatMap(Object.keys))];
  const line = (name: string, cells: string[]) => `${name.padEnd(46)}${cells.map(cell => cell.padEnd(36)).join('')}`;
  console.log(line('', runtimes));
  for (const row of rows)
    console.log(
      line(
        row,
        columns.map(column => cellText(column[row])),
      ),
    );
  if (process.env.RUNTIME_MATRIX)
    writeFileSync(
      process.env.RUNTIME_MATRIX,
      JSON.stringify(Object.fromEntries(runtimes.map((name, i) => [name, columns[i]])), null, 1),
    );
}

function cellText(cell: Cell | undefined): string {
  if (cell === undefined) return '-';
  const { status, sizeBytes, seconds, extraBytes } = cell;
  if (extraBytes === undefined) return `${status} ${sizeBytes} B ${seconds.toFixed(3)} s`;
  const speed = `${(sizeBytes / 1e6 / seconds).toFixed(0)} MB/s`;
  return `${status} ${(sizeBytes / 1e6).toFixed(0)} MB ${seconds.toFixed(1)} s ${speed} +${(extraBytes / 1e6).toFixed(0)} MB`;
}
