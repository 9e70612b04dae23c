/** The line at the top: where one can go, whether news arrives, language and theme. */
import { useRef } from 'preact/hooks';
import { isSignInNeeded } from '../api/client.ts';
import { chooseLanguage, LANGUAGES, type Language, language, words } from '../language/language.ts';
import { connection } from './connection.ts';
import { useCurrentInSight } from './in-sight.ts';
import { hrefOf, route } from './routes.ts';
import { chooseTheme, THEMES, type Theme, theme } from './theme.ts';

const t = words({
  en: {
    places: 'Places',
    models: 'Models',
    new: 'New training',
    results: 'Videos',
    workers: 'Workers',
    docs: 'API',
    language: 'Language',
    theme: 'Theme',
    themes: { auto: 'auto', light: 'light', dark: 'dark' },
    connection: { live: 'live', connecting: 'connecting…', reconnecting: 'reconnecting…' },
  },
  ru: {
    places: 'Разделы',
    models: 'Модели',
    new: 'Новое обучение',
    results: 'Видео',
    workers: 'Исполнители',
    docs: 'API',
    language: 'Язык',
    theme: 'Тема',
    themes: { auto: 'авто', light: 'светлая', dark: 'тёмная' },
    connection: { live: 'на связи', connecting: 'соединение…', reconnecting: 'нет связи…' },
  },
});

const PLACES = [
  ['models', []],
  ['new', ['new']],
  ['results', ['results']],
  ['workers', ['workers']],
] as const;

export function TopBar() {
  const first = route.value.path[0] ?? 'models';
  const places = useRef<HTMLElement>(null);
  useCurrentInSight(places, [first, language.value]);
  return (
    <header class="top">
      <a class="brand" href="#/">
        SLEAP
      </a>
      {/* Before a key is given there is nowhere to go, and nothing to be connected to. */}
      {!isSignInNeeded.value && (
        <>
          <nav ref={places} aria-label={t().places}>
            {PLACES.map(([name, path]) => (
              <a key={name} href={hrefOf(path)} aria-current={first === name ? 'page' : undefined}>
                {t()[name]}
              </a>
            ))}
            <a href="docs">{t().docs}</a>
          </nav>
          <span class={`connection ${connection.value}`} role="status">
            {t().connection[connection.value]}
          </span>
        </>
      )}
      <label class="choice">
        <span class="visually-hidden">{t().language}</span>
        <select value={language.value} onChange={event => chooseLanguage(event.currentTarget.value as Language)}>
          {Object.entries(LANGUAGES).map(([tag, name]) => (
            <option key={tag} value={tag} lang={tag}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label class="choice">
        <span class="visually-hidden">{t().theme}</span>
        <select value={theme.value} onChange={event => chooseTheme(event.currentTarget.value as Theme)}>
          {THEMES.map(name => (
            <option key={name} value={name}>
              {t().themes[name]}
            </option>
          ))}
        </select>
      </label>
    </header>
  );
}
