/** What stands in the form, kept for the tab: a reload or a wrong link loses nothing. Passwords and files are not kept. */

const PREFIX = 'new-training/';

/** @returns null when nothing was kept. */
export function recallDraft<T>(name: string): T | null {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + name) ?? 'null');
  } catch {
    return null; // forbidden, or written by something else
  }
}

export function keepDraft(name: string, value: unknown): void {
  try {
    sessionStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // forbidden or full: the form holds until the page is left
  }
}
