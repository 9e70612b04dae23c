/** Sentences of the API's description, each a line in the source and all a paragraph for the reader. */
export function sentences(...all: string[]): string {
  return all.join(' ');
}
