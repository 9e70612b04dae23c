/** What the columns of the list are called, in its head and where one chooses an order. */
import { words } from '../language/language.ts';
import type { SortName } from './list-query.ts';

export const sortWords = words<Record<SortName, string>>({
  en: {
    state: 'State',
    name: 'Name',
    progress: 'Progress',
    val_loss: 'val_loss',
    best: 'Best',
    pixel_error: 'Error, px',
    duration: 'Duration',
    created: 'Created',
  },
  ru: {
    state: 'Состояние',
    name: 'Название',
    progress: 'Прогресс',
    val_loss: 'val_loss',
    best: 'Лучшая',
    pixel_error: 'Ошибка, пикс.',
    duration: 'Длительность',
    created: 'Создана',
  },
});
