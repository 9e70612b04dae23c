/** Where data is dropped, or chosen by buttons. A folder, one archive or SLEAP file, or several loose files. */
import { useRef } from 'preact/hooks';
import { useFileDrop } from '../frame/file-drop.ts';
import { words } from '../language/language.ts';
import { type Gathered, gatherChosen } from './gather-files.ts';

const t = words({
  en: {
    drop: 'Drop a folder or an archive here',
    what: 'Labels of SLEAP (.slp, .pkg.slp), DeepLabCut, Lightning Pose, COCO or labels.csv, with their images or video. As a folder, or as 7z, zip or tar.',
    folder: 'Choose a folder…',
    file: 'Choose files…',
    other: 'Drop other data here to replace it',
  },
  ru: {
    drop: 'Перетащите сюда папку или архив',
    what: 'Разметка SLEAP (.slp, .pkg.slp), DeepLabCut, Lightning Pose, COCO или labels.csv вместе с изображениями или видео. Папкой или в 7z, zip, tar.',
    folder: 'Выбрать папку…',
    file: 'Выбрать файлы…',
    other: 'Чтобы заменить данные, перетащите сюда другие',
  },
});

interface DropZoneProps {
  /** Something is there already: less room, other words. */
  isSmall: boolean;
  onGathered: (gathered: Gathered) => void;
  onDropped: (transfer: DataTransfer) => void;
}

export function DropZone({ isSmall, onGathered, onDropped }: DropZoneProps) {
  const { isOver, handlers } = useFileDrop(onDropped);
  const folder = useRef<HTMLInputElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const word = t();
  const choose = (input: HTMLInputElement) => {
    const gathered = input.files && gatherChosen(input.files);
    // The same choice again is a change, too.
    input.value = '';
    if (gathered) onGathered(gathered);
  };
  return (
    // Dropping needs a mouse; the buttons inside do the same by keyboard.
    <section
      class={`new-drop${isSmall ? ' small' : ''}${isOver.value ? ' over' : ''}`}
      aria-label={word.drop}
      {...handlers}
    >
      <p class={isSmall ? 'muted small' : 'new-drop-title'}>{isSmall ? word.other : word.drop}</p>
      {!isSmall && <p class="small muted">{word.what}</p>}
      <div class="row">
        <button type="button" class={isSmall ? 'small' : 'primary'} onClick={() => folder.current!.click()}>
          {word.folder}
        </button>
        <button type="button" class={isSmall ? 'small' : ''} onClick={() => files.current!.click()}>
          {word.file}
        </button>
      </div>
      <input
        {...{
          ref: folder,
          hidden: true,
          type: 'file',
          name: 'folder',
          webkitdirectory: true,
          'aria-label': word.folder,
        }}
        onChange={event => choose(event.currentTarget)}
      />
      <input
        {...{ ref: files, hidden: true, type: 'file', name: 'files', multiple: true, 'aria-label': word.file }}
        onChange={event => choose(event.currentTarget)}
      />
    </section>
  );
}
