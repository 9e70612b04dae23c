/** Where videos are dropped, or chosen by mouse or keyboard. What cannot be a video is refused by name, and the rest is taken. */
import { useSignal } from '@preact/signals';
import { useFileDrop } from '../frame/file-drop.ts';
import { words } from '../language/language.ts';

const t = words({
  en: {
    choose: 'Choose videos',
    drop: 'or drop them here. MP4, AVI, MOV, MKV, WMV and others; several become a result each.',
    empty: (name: string) => `${name} is empty: it was not taken.`,
    notVideo: (name: string) => `${name} is no video: it was not taken.`,
  },
  ru: {
    choose: 'Выбрать видео',
    drop: 'или перетащите их сюда. MP4, AVI, MOV, MKV, WMV и другие; у каждого будет свой результат.',
    empty: (name: string) => `${name} — пустой файл, он не взят.`,
    notVideo: (name: string) => `${name} — не видео, файл не взят.`,
  },
});

/** Of files that are certainly something else. What a browser does not know may well be a video. */
const OTHER_TYPES = /^(image|audio|text|font)\/|^application\/(pdf|zip|json|x-7z-compressed)/;

export function VideoDrop({ onChoose }: { onChoose: (files: File[]) => void }) {
  const word = t();
  const refused = useSignal<readonly { name: string; why: 'empty' | 'notVideo' }[]>([]);
  const take = (files: readonly File[]) => {
    const isOther = (file: File) => OTHER_TYPES.test(file.type);
    refused.value = files
      .filter(file => file.size === 0 || isOther(file))
      .map(file => ({ name: file.name, why: file.size === 0 ? 'empty' : 'notVideo' }));
    const fit = files.filter(file => file.size > 0 && !isOther(file));
    if (fit.length > 0) onChoose(fit);
  };
  const { isOver, handlers } = useFileDrop(({ files }) => take([...files]));
  return (
    <div class={`results-drop${isOver.value ? ' over' : ''}`} {...handlers}>
      <label class="button">
        <input
          class="visually-hidden"
          type="file"
          multiple
          accept="video/*,.avi,.mkv,.mov,.mp4,.m4v,.wmv,.mts,.h264,.264,.ogv,.flv"
          onChange={event => {
            take([...(event.currentTarget.files ?? [])]);
            // So that the same file can be chosen again.
            event.currentTarget.value = '';
          }}
        />
        {word.choose}
      </label>
      <span class="muted small">{word.drop}</span>
      <ul class="results-refused" aria-live="polite">
        {refused.value.map(({ name, why }) => (
          <li key={name}>{word[why](name)}</li>
        ))}
      </ul>
    </div>
  );
}
