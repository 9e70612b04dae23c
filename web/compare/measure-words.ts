/** What the curves of a comparison are called. */
import { words } from '../language/language.ts';
import type { Measure } from './compare-query.ts';

export const measureWords = words<Record<Measure, string>>({
  en: {
    val_loss: 'validation loss',
    loss: 'training loss',
    lr: 'learning rate',
    pixel_error: 'pixel error (median, px)',
  },
  ru: {
    val_loss: 'ошибка на проверке (val_loss)',
    loss: 'ошибка на обучении (loss)',
    lr: 'скорость обучения',
    pixel_error: 'ошибка в пикселях (медиана)',
  },
});
