/** A text as a cell of a CSV file (RFC 4180): in quotes where a comma, a quote or a line break would end it. */
export function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
