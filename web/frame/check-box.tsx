/** A box to tick with its words beside it, for a choice that a signal holds. */
import type { Signal } from '@preact/signals';

export function CheckBox({ label, of, class: name = '' }: { label: string; of: Signal<boolean>; class?: string }) {
  return (
    <label class={`check ${name}`}>
      <input
        type="checkbox"
        checked={of.value}
        onChange={event => {
          of.value = event.currentTarget.checked;
        }}
      />
      {label}
    </label>
  );
}
