/** A choice of the reader as a signal: what it says is kept in this browser (remembered.ts) whenever it is changed. */
import { effect, type Signal, signal } from '@preact/signals';
import { recall, remember } from './remembered.ts';

/** @param name kept as. @param read what was kept; null: nothing. It must make something of any text. @param write the other way. */
export function kept<T>(name: string, read: (text: string | null) => T, write: (value: T) => string): Signal<T> {
  const setting = signal(read(recall(name)));
  let known = setting.peek();
  effect(() => {
    if (setting.value !== known) remember(name, write(setting.value));
    known = setting.value;
  });
  return setting;
}

/** A number from `least` to `most`; `usual` while nothing is kept, or something else. */
export function keptNumber(name: string, usual: number, least: number, most: number): Signal<number> {
  const read = (text: string | null) => {
    const number = text === null ? Number.NaN : Number(text);
    return number >= least && number <= most ? number : usual;
  };
  return kept(name, read, String);
}
