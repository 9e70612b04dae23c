/** What a new service shows instead of a list: three ways to the first curve. */
import { requests } from '../api/client.ts';
import { hrefOf } from '../frame/routes.ts';
import { words } from '../language/language.ts';

const t = words({
  en: {
    title: 'Nothing trained yet',
    text: 'Label some frames in SLEAP, and let this service learn to find the keypoints in all the others. Curves appear here as soon as a training is sent.',
    own: 'With your labelled images',
    ownText: 'Drop the folder or the archive; it is looked through before anything is trained.',
    new: 'New training',
    demo: 'Without data of your own',
    demoText: 'In the folder of this service, this trains on made-up animals in a minute:',
    curl: 'From a script',
    curlText: 'With the labelled images packed as an archive:',
  },
  ru: {
    title: 'Пока ничего не обучено',
    text: 'Разметьте несколько кадров в SLEAP, и служба научится находить ключевые точки на всех остальных. Кривые появятся здесь, как только начнётся обучение.',
    own: 'Есть размеченные изображения',
    ownText: 'Перетащите папку или архив: данные проверяются до начала обучения.',
    new: 'Новое обучение',
    demo: 'Своих данных нет',
    demoText: 'В папке службы эта команда за минуту обучит сеть на нарисованных животных:',
    curl: 'Из скрипта',
    curlText: 'Размеченные изображения — в архиве:',
  },
});

const EXAMPLE_CONFIG = {
  backbone_model: 'unet',
  num_epochs: 50,
  test_fraction: 0.1,
  learning_rate: 0.0001,
  heads_sigma: 2.5,
  heads_output_stride: 2,
};

export function FirstSteps() {
  const curl = [
    `curl ${requests.url}/api/train-network \\`,
    '  -F training_dataset=@dataset.7z \\',
    `  -F training_config='${JSON.stringify(EXAMPLE_CONFIG, null, 2).replaceAll('\n', '\n  ')}'`,
  ].join('\n');
  return (
    <section class="card stack models-first">
      <h2>{t().title}</h2>
      <p>{t().text}</p>
      <div>
        <h3>{t().own}</h3>
        <p class="muted">{t().ownText}</p>
        <a class="button primary" href={hrefOf(['new'])}>
          {t().new}
        </a>
      </div>
      <div>
        <h3>{t().demo}</h3>
        <p class="muted">{t().demoText}</p>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what can be pushed sideways must be reachable by keyboard */}
        <pre tabIndex={0}>npm run demo</pre>
      </div>
      <div>
        <h3>{t().curl}</h3>
        <p class="muted">{t().curlText}</p>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what can be pushed sideways must be reachable by keyboard */}
        <pre tabIndex={0}>{curl}</pre>
      </div>
    </section>
  );
}
