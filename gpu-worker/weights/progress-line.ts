/** How far a download is, in the terminal: one line that is written over, or a line now and then where the output is no terminal. */
import type { WeightsProgress } from './store.ts';

const TERMINAL_MS = 100;
const PLAIN_MS = 5000;

/** @returns what takes the progress, and `end`, which clears the line. */
export function progressLine(
  name: string,
  output: NodeJS.WriteStream,
): { report(progress: WeightsProgress): void; end(): void } {
  const everyMs = output.isTTY ? TERMINAL_MS : PLAIN_MS;
  let shownAt = Number.NEGATIVE_INFINITY;
  return {
    report(progress) {
      const now = performance.now();
      if (now - shownAt < everyMs) return;
      shownAt = now;
      const text = `${name}: ${describe(progress)}`;
      output.write(output.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
    },
    end() {
      if (output.isTTY) output.write('\r\x1b[K');
    },
  };
}

function describe({ doing, done, total }: WeightsProgress): string {
  const share = total ? ` of ${inMegabytes(total)} (${Math.floor((100 * done) / total)} %)` : '';
  return `${doing}, ${inMegabytes(done)}${share}`;
}

export function inMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
