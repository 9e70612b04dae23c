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
