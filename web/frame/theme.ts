/** Light or dark: the reader's choice, else the system's. The colours are in theme.css; a canvas asks for them here. */
import { effect, signal } from '@preact/signals';
import { recall, remember } from './remembered.ts';

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEPT_AS = 'theme';
const kept = recall(KEPT_AS);

export const theme = signal<Theme>(THEMES.find(known => known === kept) ?? 'auto');
const systemDark = matchMedia('(prefers-color-scheme: dark)');
const isSystemDark = signal(systemDark.matches);
systemDark.addEventListener('change', () => {
  isSystemDark.value = systemDark.matches;
});

export function chooseTheme(chosen: Theme): void {
  remember(KEPT_AS, chosen);
  theme.value = chosen;
}

effect(() => {
  document.documentElement.dataset.theme = theme.value;
});

/** Read where a canvas is drawn, so that it is drawn again when the colours change. */
export function isDark(): boolean {
  return theme.value === 'auto' ? isSystemDark.value : theme.value === 'dark';
}

/** A colour of theme.css as a canvas takes it: `colourOf('train')`. */
export function colourOf(name: string): string {
  // The value of the custom property itself is text with light-dark() in it.
  const probe = document.createElement('span');
  // Where the system forces its few colours, lines of a chart would all get the same one.
  probe.style.forcedColorAdjust = 'none';
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}
