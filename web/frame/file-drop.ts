/** A place that files are dropped on. Dropping needs a mouse: each such place has a button beside it that does the same by keyboard. */
import { useSignal } from '@preact/signals';

/** @param take gets what was dropped; text and links that are dragged over are left to the browser. @returns whether files are above it, and handlers for its element. */
export function useFileDrop(take: (dropped: DataTransfer) => void) {
  const isOver = useSignal(false);
  const holdsFile = (event: DragEvent) => event.dataTransfer!.types.includes('Files');
  return {
    isOver,
    handlers: {
      onDragOver: (event: DragEvent) => {
        if (!holdsFile(event)) return;
        event.preventDefault();
        isOver.value = true;
      },
      onDragLeave: (event: DragEvent) => {
        const inside = (event.currentTarget as Node).contains(event.relatedTarget as Node | null);
        if (!inside) isOver.value = false;
      },
      onDrop: (event: DragEvent) => {
        if (!holdsFile(event)) return;
        event.preventDefault();
        isOver.value = false;
        take(event.dataTransfer!);
      },
    },
  };
}
