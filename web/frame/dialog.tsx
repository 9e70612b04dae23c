/** A question before something is thrown away, and small forms that stand above the page: the browser's own modal dialog. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

interface DialogProps {
  title: string;
  isOpen: boolean;
  /** Escape, or a button with value="". */
  onClose: () => void;
  children: ComponentChildren;
}

/** Keeps the focus inside while open and gives it back afterwards, as <dialog> does. */
export function Dialog({ title, isOpen, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const { current } = dialog;
    if (isOpen && !current!.open) current!.showModal();
    if (!isOpen && current!.open) current!.close();
  }, [isOpen]);
  return (
    <dialog ref={dialog} aria-labelledby={titleId} onClose={onClose}>
      {isOpen && (
        <div class="dialog">
          <h2 id={titleId}>{title}</h2>
          {children}
        </div>
      )}
    </dialog>
  );
}
