/** Beside the form: how much memory and time the training will take, as far as anybody can tell before it runs. */
import { useEffect } from 'preact/hooks';
import { FactList } from '../frame/fact-list.tsx';
import { type Notice, Notices } from '../frame/notices.tsx';
import { forms, words } from '../language/language.ts';
import { formatBytes, formatCount, formatDuration } from '../language/numbers.ts';
import { checked } from './config-draft.ts';
import { stage } from './data-flow.ts';
import { type Estimate, estimate } from './estimate.ts';
import { experience, readExperience } from './experience.ts';
import { subject } from './subject.ts';

const t = words({
  en: {
    title: 'What it will take',
    memory: 'Memory of a step',
    time: 'All epochs',
    epoch: 'An epoch',
    size: 'Network',
    input: 'Its input',
    frames: 'Frames',
    split: (train: string, validation: string) => `${train} to learn, ${validation} to check`,
    parameters: (n: string) => `${n} weights`,
    notYet: 'not known yet: nothing was trained here',
    noWorker: 'not known: no worker is there',
    asking: '…',
    atMost: (span: string) => `${span} at most`,
    basis: (n: number, isSame: boolean) =>
      `Time from ${formatCount(n)} ${forms(n, 'training', 'trainings')} of ${isSame ? 'the same kind of network' : 'other networks'} on this device.`,
    device: 'Device',
    needsData: 'Shown once the data is checked.',
    needsConfig: 'Shown once the configuration is right.',
    halved: (n: number) => `A batch will be computed ${n} ${forms(n, 'frame', 'frames')} at a time`,
    halvedText: 'It does not fit at once. The result is the same, only slower.',
    tooLarge: 'It will hardly fit',
    tooLargeText:
      'Not even one frame fits into the memory of the worker. Take a smaller network, a smaller scale or a larger output stride.',
  },
  ru: {
    title: 'Сколько это займёт',
    memory: 'Память на шаг',
    time: 'Все эпохи',
    epoch: 'Одна эпоха',
    size: 'Сеть',
    input: 'Её вход',
    frames: 'Кадры',
    split: (train: string, validation: string) => `${train} для обучения, ${validation} для проверки`,
    parameters: (n: string) => `${n} весов`,
    notYet: 'пока неизвестно: здесь ещё ничего не обучали',
    noWorker: 'неизвестно: исполнителя нет',
    asking: '…',
    atMost: (span: string) => `не больше ${span}`,
    basis: (n: number, isSame: boolean) =>
      `Время — по ${formatCount(n)} ${forms(n, 'обучению', 'обучениям', 'обучениям')} ${isSame ? 'такой же сети' : 'других сетей'} на этом устройстве.`,
    device: 'Устройство',
    needsData: 'Появится, когда данные будут проверены.',
    needsConfig: 'Появится, когда настройки будут верны.',
    halved: (n: number) => `Пакет будет считаться по ${n} ${forms(n, 'кадру', 'кадра', 'кадров')}`,
    halvedText: 'Целиком он не помещается. Результат тот же, только медленнее.',
    tooLarge: 'Вряд ли поместится',
    tooLargeText:
      'В память исполнителя не помещается даже один кадр. Возьмите сеть поменьше, меньший масштаб или больший шаг карт.',
  },
});

export function EstimateCard() {
  useEffect(() => {
    const asking = new AbortController();
    void readExperience(asking.signal);
    return () => asking.abort();
    // Once more after a check: by then a worker is there.
  }, [stage.value.at === 'checked']);
  const word = t();
  const { config } = checked.value;
  const of = config && subject(config);
  return (
    <aside class="new-estimate stack new-tight" aria-labelledby="new-estimate">
      <h3 id="new-estimate">{word.title}</h3>
      {config && of ? (
        <Figures
          {...estimate(config, of, experience.value ?? { devices: [], speeds: [] })}
          frames={word.split(formatCount(of.frames.train), formatCount(of.frames.validation))}
          batch={config.batch_size}
        />
      ) : (
        <p class="muted small">{config ? word.needsData : word.needsConfig}</p>
      )}
    </aside>
  );
}

function Figures(now: Estimate & { frames: string; batch: number }) {
  const word = t();
  const { cost, memoryBytes, time, device, atOnce } = now;
  const unknown = experience.value === null ? word.asking : device === null ? word.noWorker : word.notYet;
  const facts: [string, string][] = [
    [word.memory, formatBytes(memoryBytes)],
    [word.time, time ? word.atMost(formatDuration(time.seconds)) : unknown],
    ...(time ? [[word.epoch, formatDuration(time.secondsPerEpoch)] as [string, string]] : []),
    [word.frames, now.frames],
    [word.input, `${cost.widthPx} × ${cost.heightPx}`],
    [word.size, word.parameters(formatCount(cost.parameters))],
    ...(device ? [[word.device, device] as [string, string]] : []),
  ];
  const notices: Notice[] = [];
  if (atOnce === null) notices.push({ tone: 'bad', title: word.tooLarge, text: word.tooLargeText });
  else if (atOnce !== undefined && atOnce < now.batch)
    notices.push({ tone: 'warn', title: word.halved(atOnce), text: word.halvedText });
  return (
    <>
      <FactList facts={facts} class="new-figures" />
      {time && <p class="muted small">{word.basis(time.trainings, time.isSameKind)}</p>}
      <Notices notices={notices} />
    </>
  );
}
