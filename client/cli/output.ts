/** Lists and single things on the terminal: aligned columns for people, JSON for programs (--json). */

export function printJson(value: unknown): void {
  console.log(JSON.stringify(value, null, 2));
}

/** @param head of the columns; without rows nothing but `none` is printed. */
export function printTable(head: string[], rows: string[][], none: string): void {
  if (rows.length === 0) {
    console.log(none);
    return;
  }
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map(line => line[column]!.length)));
  for (const line of lines)
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    );
}

/** `name   value` a line; what is null is left out. */
export function printFields(fields: [string, string | null][]): void {
  const width = Math.max(...fields.map(([name]) => name.length));
  for (const [name, value] of fields) if (value !== null) console.log(`${name.padEnd(width)}  ${value}`);
}

/** The first `most` of what comes. */
export async function collect<T>(values: AsyncIterable<T>, most: number): Promise<T[]> {
  const collected: T[] = [];
  if (most > 0)
    for await (const value of values) {
      collected.push(value);
      if (collected.length >= most) break;
    }
  return collected;
}

/** `2026-11-30 10:00:07` in UTC, as the service tells times. */
export function shortTime(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ');
}

export function pixels(value: number | null | undefined): string {
  return value === null || value === undefined ? 'none' : `${value.toFixed(2)} px`;
}
