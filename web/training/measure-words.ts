/** Words of the errors in pixels and shares, which charts, tables and cards share. */
import { words } from '../language/language.ts';

export const measureWords = words({
  en: {
    title: 'Distance from the labels, epoch by epoch',
    pixels: 'Distance, px',
    shares: 'Share, 0 to 1',
    columns: { median_px: 'Median, px', mean_px: 'Mean, px', p90_px: '90th percentile, px', pck: 'PCK', oks: 'OKS' },
    note: 'Over the validation frames, after each epoch; over frames in which something was found. Higher PCK and OKS are better.',
    chartOf: 'Distance from the labels after each epoch.',
    failed: 'The errors of the epochs could not be read',
  },
  ru: {
    title: 'Расстояние до разметки по эпохам',
    pixels: 'Расстояние, пикс.',
    shares: 'Доля, от 0 до 1',
    columns: {
      median_px: 'Медиана, пикс.',
      mean_px: 'Среднее, пикс.',
      p90_px: '90-й процентиль, пикс.',
      pck: 'PCK',
      oks: 'OKS',
    },
    note: 'На проверочных кадрах после каждой эпохи; по кадрам, где что-то найдено. PCK и OKS тем лучше, чем больше.',
    chartOf: 'Расстояние до разметки после каждой эпохи.',
    failed: 'Ошибки по эпохам не удалось прочитать',
  },
});
