/** The training configuration as it was sent: what is not said there is at SLEAP's defaults, so what stands here is what was chosen. */
import { FactList } from '../frame/fact-list.tsx';
import { words } from '../language/language.ts';

const t = words({
  en: { title: 'Training configuration', note: 'As it was sent; what is not here is at its default.' },
  ru: { title: 'Настройки обучения', note: 'Как их задали; чего здесь нет, то по умолчанию.' },
});

export function Configuration({ config }: { config: Record<string, unknown> }) {
  const plain = Object.entries(config).filter(([, value]) => typeof value !== 'object' || value === null);
  return (
    <details class="card configuration">
      <summary>{t().title}</summary>
      <p class="muted small">{t().note}</p>
      <FactList facts={plain.map(([name, value]) => [name, String(value)])} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by keys */}
      <pre tabIndex={0}>{JSON.stringify(config, null, 2)}</pre>
    </details>
  );
}
