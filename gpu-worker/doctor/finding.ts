/** One thing that was looked at: whether it will do, what was found, and what to do where it will not. */

export interface Finding {
  /** One word, e.g. `memory`. */
  name: string;
  /** warn: the service runs, but somebody should know. fail: it will not. */
  verdict: 'ok' | 'warn' | 'fail';
  found: string;
  /** One sentence; null where nothing is to be done. */
  remedy: string | null;
}

export const ok = (name: string, found: string): Finding => ({ name, verdict: 'ok', found, remedy: null });
export const warn = (name: string, found: string, remedy: string): Finding => ({
  name,
  verdict: 'warn',
  found,
  remedy,
});
export const fail = (name: string, found: string, remedy: string): Finding => ({
  name,
  verdict: 'fail',
  found,
  remedy,
});
