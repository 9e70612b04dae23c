/** Settings of a chart: above it on a desk; on a phone behind a button, for there they would push the chart out of sight. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

/** @param label of the button, which a phone alone shows. */
export function ChartFold({ label, children }: { label: string; children: ComponentChildren }) {
  const isOpen = useSignal(false);
  const id = useId();
  return (
    <>
      <button
        type="button"
        class="small chart-fold"
        aria-expanded={isOpen.value}
        aria-controls={id}
        onClick={() => {
          isOpen.value = !isOpen.peek();
        }}
      >
        {label}
      </button>
      <div id={id} class={`chart-settings${isOpen.value ? ' open' : ''}`}>
        {children}
      </div>
    </>
  );
}
