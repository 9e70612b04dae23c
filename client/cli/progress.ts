/** One line that is rewritten on a terminal, or a new line for each change of `milestone` where the output goes to a file. */

const BAR_CELLS = 24;

export class ProgressLine {
  readonly #out: NodeJS.WriteStream;
  #milestone = '';
  #length = 0;

  constructor(out: NodeJS.WriteStream = process.stderr) {
    this.#out = out;
  }

  /** @param share done, 0..1; null: not known. @param milestone what has to change before a file gets another line. */
  show(share: number | null, text: string, milestone: string): void {
    const line = `${bar(share)} ${text}`;
    if (this.#out.isTTY) {
      const cut = line.slice(0, Math.max(20, this.#out.columns - 1));
      this.#out.write(`\r${cut.padEnd(this.#length)}`);
      this.#length = cut.length;
    } else if (milestone !== this.#milestone) {
      this.#out.write(`${line}\n`);
    }
    this.#milestone = milestone;
  }

  end(): void {
    if (this.#out.isTTY && this.#length > 0) this.#out.write('\n');
    this.#length = 0;
  }
}

function bar(share: number | null): string {
  const cells = Math.round(Math.min(1, Math.max(0, share ?? 0)) * BAR_CELLS);
  const percent = share === null ? ' --' : String(Math.floor(share * 100)).padStart(3);
  return `[${'█'.repeat(cells)}${'░'.repeat(BAR_CELLS - cells)}] ${percent}%`;
}

/** 3725 -> "1 h 02 min", 125 -> "2 min 05 s". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole >= 3600) return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
  return whole >= 60 ? `${Math.floor(whole / 60)} min ${two(whole % 60)} s` : `${whole} s`;
}
