/**
 * A CSV file as rows of trimmed cells with their line numbers, read the way people's programs write it: UTF-8 with or without BOM,
 * UTF-16 from Excel's "Unicode text", any line ends, comma, semicolon or tab, quotes (RFC 4180), blank lines anywhere.
 * Says nothing about what the cells mean.
 */
import { readFile } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse/sync';
import { AppError } from '../../src/errors.ts';

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
}

const DELIMITERS = [',', ';', '\t'] as const;

/**
 * @param name what to call the file in an error.
 * @throws AppError labels_invalid when it is no text or its quotes do not match.
 */
export async function readCsv(path: string, name: string): Promise<CsvTable> {
  const text = decode(await readFile(path), name);
  const delimiter = delimiterOf(text);
  try {
    const records = parse(text, {
      delimiter,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    });
    // With `info` each record comes with its place, which csv-parse's types do not know.
    const rows = (records as unknown as { record: string[]; info: { lines: number } }[])
      .map(({ record, info }) => ({ line: info.lines, cells: record }))
      .filter(row => row.cells.some(cell => cell !== ''));
    return { rows, decimalComma: delimiter !== ',' };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const where = typeof error.lines === 'number' ? ` in line ${error.lines}` : '';
    throw new AppError('labels_invalid', `${name} is not a readable CSV table${where}: ${error.message}.`, {
      cause: error,
    });
  }
}

function decode(bytes: Uint8Array, name: string): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes); // drops the BOM
  } catch (error) {
    throw new AppError('labels_invalid', `${name} is not text in UTF-8.`, {
      remedy: 'Save it as "CSV UTF-8".',
      cause: error,
    });
  }
}

/** The delimiter that the first line with anything in it has most of, quoted text aside. */
function delimiterOf(text: string): (typeof DELIMITERS)[number] {
  const header = /[^\s,;].*/.exec(text)?.[0].replace(/"[^"]*"/g, '') ?? '';
  const count = (delimiter: string) => header.split(delimiter).length;
  return DELIMITERS.reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}
