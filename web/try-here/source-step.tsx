/** The second step: a picture or a clip, dropped or chosen, or the camera, whose use is explained before the browser asks. */
import { useRef } from 'preact/hooks';
import { useFileDrop } from '../frame/file-drop.ts';
import { Notices } from '../frame/notices.tsx';
import { hrefOf } from '../frame/routes.ts';
import { words } from '../language/language.ts';
import type { SourceFault } from './frame-source.ts';
import type { Trial } from './trial.ts';

const FAULTS: { en: Record<SourceFault, [string, string]>; ru: Record<SourceFault, [string, string]> } = {
  en: {
    unreadable: ['The browser cannot show this file', 'It is damaged, or of a kind that this browser does not know.'],
    'no-camera': ['No camera was found', 'Connect one and try again.'],
    'camera-refused': [
      'The camera was not allowed',
      'Allow it in the settings of this site, beside the address, and try again.',
    ],
    'camera-busy': ['The camera does not start', 'Another program may be using it.'],
    'camera-lost': ['The camera is gone', 'It was unplugged, or no longer allowed. Connect it and switch it on again.'],
    'not-secure': [
      'There is no camera at this address',
      'Browsers give the camera only to pages at https or at 127.0.0.1. Pictures and clips work.',
    ],
  },
  ru: {
    unreadable: ['Браузер не может показать этот файл', 'Он повреждён, или этот браузер не знает такого вида файлов.'],
    'no-camera': ['Камера не найдена', 'Подключите её и попробуйте снова.'],
    'camera-refused': [
      'Камера не разрешена',
      'Разрешите её в настройках этого сайта, рядом с адресом, и попробуйте снова.',
    ],
    'camera-busy': ['Камера не включается', 'Возможно, её занимает другая программа.'],
    'camera-lost': ['Камера пропала', 'Её отключили, или доступ к ней закрыт. Подключите её и включите снова.'],
    'not-secure': [
      'По этому адресу камеры нет',
      'Браузеры дают камеру только страницам с https или с 127.0.0.1. Снимки и видео работают.',
    ],
  },
};

const t = words({
  en: {
    title: 'What to look at',
    drop: 'Drop a picture or a clip here',
    choose: 'Choose a file…',
    camera: 'Use the camera',
    stop: 'Stop the camera',
    cameraText: 'The browser asks before it switches the camera on. It goes dark when you stop it or leave this view.',
    waiting: 'Waiting for the file or for your answer to the browser…',
    now: (name: string) => `Now: ${name}`,
    theCamera: 'the camera',
    elsewhere: 'The service reads more kinds of video:',
    videos: 'Videos',
    faults: FAULTS.en,
  },
  ru: {
    title: 'На что смотреть',
    drop: 'Перетащите сюда снимок или видео',
    choose: 'Выбрать файл…',
    camera: 'Включить камеру',
    stop: 'Выключить камеру',
    cameraText:
      'Перед включением камеры браузер спросит разрешения. Она погаснет, когда вы её выключите или уйдёте с этой страницы.',
    waiting: 'Ждём файл или ваш ответ браузеру…',
    now: (name: string) => `Сейчас: ${name}`,
    theCamera: 'камера',
    elsewhere: 'Служба читает больше видов видео:',
    videos: 'Видео',
    faults: FAULTS.ru,
  },
});

export function SourceStep({ trial }: { trial: Trial }) {
  const chooser = useRef<HTMLInputElement>(null);
  const source = trial.source.value;
  const take = (files: FileList | null | undefined) => {
    const file = files?.[0];
    if (file) void trial.useFile(file);
  };
  const { isOver, handlers } = useFileDrop(({ files }) => take(files));
  return (
    <section class={`card stack try-drop${isOver.value ? ' over' : ''}`} aria-labelledby="try-source" {...handlers}>
      <div class="row apart">
        <h2 id="try-source">{t().title}</h2>
        <p role="status" class="small muted">
          {trial.isOpening.value ? t().waiting : source && t().now(source.name || t().theCamera)}
        </p>
      </div>
      <div class="row">
        <span>{t().drop}</span>
        <input
          ref={chooser}
          class="visually-hidden"
          tabIndex={-1}
          aria-hidden="true"
          type="file"
          accept="image/*,video/*"
          onChange={event => {
            take(event.currentTarget.files);
            event.currentTarget.value = '';
          }}
        />
        <button type="button" onClick={() => chooser.current!.click()}>
          {t().choose}
        </button>
        {source?.kind === 'camera' ? (
          <button type="button" onClick={() => trial.dropSource()}>
            {t().stop}
          </button>
        ) : (
          <button type="button" onClick={() => trial.useCamera()}>
            {t().camera}
          </button>
        )}
        <span class="small muted try-camera">{t().cameraText}</span>
      </div>
      <Faults trial={trial} />
    </section>
  );
}

function Faults({ trial }: { trial: Trial }) {
  const told = trial.sourceFault.value;
  if (told === null) return <Notices notices={[]} />;
  const [title, text] = t().faults[told.fault];
  return (
    <>
      <Notices notices={[{ tone: 'bad', title, text: told.name ? `${told.name}: ${text}` : text }]} />
      {told.fault === 'unreadable' && (
        <p class="small">
          {t().elsewhere} <a href={hrefOf(['results'])}>{t().videos}</a>
        </p>
      )}
    </>
  );
}
