/** What the reader chose (language, theme, settings of a chart), kept in this browser. A browser that keeps nothing forgets it with the tab. */

/** @returns null when nothing was kept. */
export function recall(name: string): string | null {
  try {
    return globalThis.localStorage?.getItem(name) ?? null;
  } catch {
    return null; // reading is forbidden, as in some private windows
  }
}

export function remember(name: string, value: string): void {
  try {
    globalThis.localStorage?.setItem(name, value);
  } catch {
    // forbidden or full: the choice holds until the tab is closed
  }
}
