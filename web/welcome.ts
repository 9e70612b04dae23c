/** What stands beside the list while no training is chosen: how to start the first one, or where to look. */
import { element } from './dom.ts';

const EXAMPLE_CONFIG = {
  backbone_model: 'unet',
  num_epochs: 50,
  test_fraction: 0.1,
  learning_rate: 0.0001,
  heads_sigma: 2.5,
  heads_output_stride: 2,
};

/** `modelCount` is null while the list has not arrived. */
export function showWelcome(host: HTMLElement, modelCount: number | null): void {
  document.title = 'SLEAP trainings';
  if (modelCount === null) host.replaceChildren(element('p', { class: 'muted hint' }, 'Asking the service…'));
  else if (modelCount > 0)
    host.replaceChildren(element('p', { class: 'muted hint' }, 'Choose a training to see its curves.'));
  else host.replaceChildren(firstSteps());
}

function firstSteps(): HTMLElement {
  const curl = [
    `curl ${location.origin}/api/train-network \\`,
    '  -F training_dataset=@dataset.7z \\',
    `  -F training_config='${JSON.stringify(EXAMPLE_CONFIG, null, 2).replaceAll('\n', '\n  ')}'`,
  ].join('\n');
  return element(
    'section',
    { class: 'card welcome' },
    element('h1', {}, 'Nothing trained yet'),
    element('p', {}, 'Curves appear here as soon as a training is sent.'),
    element('p', {}, 'Without data of your own, in the folder of this service:'),
    element('pre', {}, 'npm run demo'),
    element('p', {}, 'With your labelled images, packed as a .7z archive:'),
    element('pre', {}, curl),
  );
}
