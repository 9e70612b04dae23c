/**
 * Numbers, spans and times as a person reads them. Figures keep their exact value in the data and in files; rounding happens here and only
 * for the eye. Losses keep a decimal point in both languages, as in every log and file of the field.
 */
import { forms, language } from './language.ts';

/** A loss or a distance to `digits` significant digits: 0.0123, 1.23e-5. */
export function formatNumber(value: number, digits = 3): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e5) return value.toExponential(digits - 1).replace('e+', 'e');
  const text = value.toPrecision(digits);
  return text.includes('e') ? value.toFixed(0) : text;
}

/** Every digit a 32-bit float holds (7), without trailing zeros: 0.001234568, 1e-4. */
export function formatExact(value: number): string {
  const rounded = Number(value.toPrecision(7));
  const size = Math.abs(rounded);
  return size !== 0 && (size < 1e-3 || size >= 1e7) ? rounded.toExponential().replace('e+', 'e') : String(rounded);
}

/** Made once a language: making one takes longer than a thousand numbers written by it. */
const counts = { en: new Intl.NumberFormat('en'), ru: new Intl.NumberFormat('ru') };

/** A whole number with the language's separators. */
export function formatCount(value: number): string {
  return counts[language.value].format(value);
}

/** A share between 0 and 1 in per cent. */
export function formatShare(share: number): string {
  return new Intl.NumberFormat(language.value, { style: 'percent', maximumFractionDigits: 1 }).format(share);
}

/** `12 px`, `12 пикс.`; an en dash for null. */
export function formatPixels(px: number | null): string {
  return px === null ? '–' : `${formatNumber(px)} ${language.value === 'ru' ? 'пикс.' : 'px'}`;
}

const UNITS = {
  en: { d: 'd', h: 'h', min: 'min', s: 's' },
  ru: { d: 'д', h: 'ч', min: 'мин', s: 'с' },
} as const;
const SECONDS = { d: 86_400, h: 3_600, min: 60, s: 1 } as const;
const NAMES = Object.keys(SECONDS) as (keyof typeof SECONDS)[];

/** A span by its two largest units: `3 min 20 s`, `2 h 5 min`. Below one second it is `0 s`. */
export function formatDuration(seconds: number): string {
  const units = UNITS[language.value];
  const whole = Math.max(0, Math.round(seconds));
  const at = NAMES.findIndex(name => whole >= SECONDS[name]);
  if (at === -1) return `0 ${units.s}`;
  const name = NAMES[at]!;
  const next = NAMES[at + 1];
  const rest = next ? Math.floor((whole % SECONDS[name]) / SECONDS[next]) : 0;
  const largest = `${Math.floor(whole / SECONDS[name])} ${units[name]}`;
  return rest > 0 ? `${largest} ${rest} ${units[next!]}` : largest;
}

/** A short span with the digits that matter: `0.42 s`, `12.3 s`, then as formatDuration. */
export function formatSeconds(seconds: number): string {
  return seconds < 60 ? `${formatNumber(seconds)} ${UNITS[language.value].s}` : formatDuration(seconds);
}

/** How long ago, by the largest unit alone. A clock that runs ahead of the server's reads `just now`. */
export function formatAge(ageMs: number): string {
  const seconds = Math.floor(ageMs / 1000);
  const isRussian = language.value === 'ru';
  if (seconds < 5) return isRussian ? 'только что' : 'just now';
  const name = NAMES.find(name => seconds >= SECONDS[name])!;
  const span = `${Math.floor(seconds / SECONDS[name])} ${UNITS[language.value][name]}`;
  return isRussian ? `${span} назад` : `${span} ago`;
}

const DATE = { dateStyle: 'medium', timeStyle: 'short' } as const;
const dates = { en: new Intl.DateTimeFormat('en', DATE), ru: new Intl.DateTimeFormat('ru', DATE) };

/** An ISO 8601 time as date and time of the reader's own zone. */
export function formatDate(iso: string): string {
  return dates[language.value].format(new Date(iso));
}

const BYTE_UNITS = {
  en: ['kB', 'MB', 'GB', 'TB'],
  ru: ['кБ', 'МБ', 'ГБ', 'ТБ'],
} as const;

/** Bytes in powers of 1000, as file managers show them. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) {
    const noun = language.value === 'ru' ? forms(bytes, 'байт', 'байта', 'байт') : forms(bytes, 'byte', 'bytes');
    return `${bytes} ${noun}`;
  }
  const power = Math.min(4, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(1)} ${BYTE_UNITS[language.value][power - 1]}`;
}
