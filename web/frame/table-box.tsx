/** A table that may be larger than its place: it is pushed about by touch, by wheel, and by keys once it has the focus. */
import type { ComponentChildren } from 'preact';

export function TableBox({ class: name = '', children }: { class?: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll it
    <div class={`table ${name}`} tabIndex={0}>
      {children}
    </div>
  );
}
