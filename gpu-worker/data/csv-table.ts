/**
 * A CSV file as rows of trimmed cells with their line numbers, read the way people's programs write it: UTF-8 with or without BOM,
 * UTF-16 as Excel's "Unicode text" is, Windows-1251 where the bytes are no UTF-8 (a Russian Excel's plain "CSV"), any line ends, even
 * mixed, comma, semicolon or tab, quotes (RFC 4180), blank lines anywhere.
 * Says nothing about what the cells mean.
 */
import { CsvError, parse } from 'csv-parse/sync';
import { AppError } from '../../src/errors.ts';
import { readLabelFile } from './label-file.ts';

export interface CsvRow {
  /** Line of the file the row ends on, counted from 1. */
  line: number;
  cells: string[];
}

export interface CsvTable {
  /** Rows with at least one cell that is not empty. */
  rows: CsvRow[];
  /** Where the comma does not separate cells it may be the decimal point. */
  decimalComma: boolean;
  /** Sentences for the user about what was guessed. */
  warnings: string[];
}

const DELIMITERS = [',', ';', '\t'] as const;
const LINE_ENDS = ['\r\n', '\n', '\r'];
/** What no program writes into a table; tab, line ends and form feed aside. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\0-\x08\x0e-\x1f]/;

/**
 * @param name what to call the file in an error.
 * @throws AppError labels_invalid when it is no text, too large, or its quotes do not match.
 */
export async function readCsv(path: string, name: string): Promise<CsvTable> {
  return parseCsv(await readLabelFile(path, name), name);
}

/**
 * @param mostRows how many to read; absent: all.
 * @throws AppError labels_invalid as readCsv does.
 */
export function parseCsv(bytes: Uint8Array, name: string, mostRows?: number): CsvTable {
  const { text, warnings } = decode(bytes, name);
  const delimiter = delimiterOf(text);
  try {
    const records = parse(text, {
      delimiter,
      record_delimiter: LINE_ENDS,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      ...(mostRows !== undefined && { to: mostRows }),
    });
    // With `info` each record comes with its place, which csv-parse's types do not know.
    const rows = (records as unknown as { record: string[]; info: { lines: number } }[])
      .map(({ record, info }) => ({ line: info.lines, cells: record }))
      .filter(row => row.cells.some(cell => cell !== ''));
    return { rows, decimalComma: delimiter !== ',', warnings };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const where = typeof error.lines === 'number' ? ` in line ${error.lines}` : '';
    throw new AppError('labels_invalid', `${name} is not a readable CSV table${where}: ${error.message}.`, {
      cause: error,
    });
  }
}

function decode(bytes: Uint8Array, name: string): { text: string; warnings: string[] } {
  const encoding = unicodeOf(bytes);
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes); // drops the BOM
    if (text.includes('\0')) throw noText(name);
    return { text, warnings: [] };
  } catch (error) {
    if (error instanceof AppError || encoding !== 'utf-8')
      throw error instanceof AppError ? error : noText(name, error);
  }
  const text = new TextDecoder('windows-1251').decode(bytes);
  if (CONTROLS.test(text)) throw noText(name);
  const warning = `${name} is not text in UTF-8; it was read as Windows-1251. If names look wrong, save it as "CSV UTF-8".`;
  return { text, warnings: [warning] };
}

function unicodeOf([a, b, c, d]: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  // Without a BOM: Latin letters in UTF-16 have a zero as their other byte.
  if (a && c && b === 0 && d === 0) return 'utf-16le';
  return 'utf-8';
}

function noText(name: string, cause?: unknown): AppError {
  return new AppError('labels_invalid', `${name} is not text: it holds bytes that no table has. It may be damaged.`, {
    remedy: 'Save it as "CSV UTF-8".',
    ...(cause !== undefined && { cause }),
  });
}

/** The delimiter that the first line with anything in it has most of, quoted text aside. */
function delimiterOf(text: string): (typeof DELIMITERS)[number] {
  const header = /[^\s,;].*/.exec(text)?.[0].replace(/"[^"]*"/g, '') ?? '';
  const count = (delimiter: string) => header.split(delimiter).length;
  return DELIMITERS.reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}
