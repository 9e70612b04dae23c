/**
 * The one way this page makes elements: text goes in as text nodes, never as markup, so that no name, message or
 * configuration value sent to the service can become HTML here.
 */

type Child = Node | string;

/** A new element with attributes and children; a string child becomes a text node. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** A push button; `hint` is a second, smaller line that is part of its name for screen readers. */
export function button(label: string, hint: string, onClick: () => void): HTMLButtonElement {
  const made = element('button', { type: 'button' }, element('span', {}, label));
  if (hint) made.append(' ', element('small', {}, hint));
  made.addEventListener('click', onClick);
  return made;
}

/** Writes text only where it differs: an unchanged node keeps its selection and is not read out again. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}
