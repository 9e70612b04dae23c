/** A field of a settings form: what it is, the field, and beneath it either what is wrong or what it does. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface FieldProps {
  label: string;
  /** What it does, in a few words. */
  hint: string;
  value: string;
  onChange: (value: string) => void;
}

interface TextFieldProps extends FieldProps {
  /** What the field must hold; null while it does. */
  fault: string | null;
  placeholder?: string;
  /** The keyboard that a phone shows. */
  keyboard?: 'decimal' | 'numeric' | 'text';
}

export function TextField({ label, hint, value, onChange, fault, placeholder, keyboard = 'decimal' }: TextFieldProps) {
  const id = useId();
  return (
    <Field {...{ id, label, hint, fault }}>
      <input
        {...{ id, value, placeholder, inputMode: keyboard, autocomplete: 'off' }}
        aria-invalid={fault !== null}
        aria-describedby={`${id}-hint`}
        onInput={event => onChange(event.currentTarget.value)}
      />
    </Field>
  );
}

export function ChoiceField({ label, hint, value, onChange, children }: FieldProps & { children: ComponentChildren }) {
  const id = useId();
  return (
    <Field {...{ id, label, hint, fault: null }}>
      <select
        {...{ id, value }}
        aria-describedby={`${id}-hint`}
        onChange={event => onChange(event.currentTarget.value)}
      >
        {children}
      </select>
    </Field>
  );
}

interface FrameProps extends Pick<TextFieldProps, 'label' | 'hint' | 'fault'> {
  /** Of the field inside. */
  id: string;
  children: ComponentChildren;
}

function Field({ id, label, hint, fault, children }: FrameProps) {
  return (
    <div class="field">
      <span>
        <label for={id}>{label}</label>
      </span>
      {children}
      <small id={`${id}-hint`} class={fault === null ? 'muted' : 'fault'}>
        {fault ?? hint}
      </small>
    </div>
  );
}
