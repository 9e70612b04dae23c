/** The training configuration as it was sent: what is not said there is at SLEAP's defaults, so what stands here is what was chosen. */
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
      <dl class="facts">
        {plain.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{String(value)}</dd>
          </div>
        ))}
      </dl>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by keys */}
      <pre tabIndex={0}>{JSON.stringify(config, null, 2)}</pre>
    </details>
  );
}
