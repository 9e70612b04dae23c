/** What a training would see of the data: pictures with their labels drawn in, keypoints, and all that looks odd. */
import type { DatasetReport } from '../../src/contract/dataset-report.ts';
import { urlOf } from '../api/client.ts';
import { FactList } from '../frame/fact-list.tsx';
import { type Notice, Notices } from '../frame/notices.tsx';
import { TableBox } from '../frame/table-box.tsx';
import { forms, words } from '../language/language.ts';
import { formatCount, formatNumber, formatShare } from '../language/numbers.ts';

const t = words({
  en: {
    format: 'Format',
    labels: 'Labels',
    frames: 'Labelled frames',
    of: (labelled: string, all: string) => (labelled === all ? labelled : `${labelled} of ${all}`),
    sizes: 'Size',
    more: (n: number) => `and ${n} more`,
    colours: { 1: 'gray', 3: 'colour' },
    keypoints: 'Keypoints',
    videos: 'Videos or folders',
    edges: 'Edges',
    keypoint: 'Keypoint',
    visible: 'Visible in',
    share: 'Share',
    samples: 'Samples with their labels',
    warnings: 'Worth a look',
    duplicates: (n: number) => `${formatCount(n)} ${forms(n, 'frame shows', 'frames show')} what an earlier one shows`,
    duplicatesText: 'Near copies on both sides of the split make the validation look better than it is.',
    outside: (n: number) => `${formatCount(n)} ${forms(n, 'point lies', 'points lie')} outside of their image`,
    clean: 'Nothing looks wrong.',
    list: 'Show them',
  },
  ru: {
    format: 'Формат',
    labels: 'Разметка',
    frames: 'Размеченных кадров',
    of: (labelled: string, all: string) => (labelled === all ? labelled : `${labelled} из ${all}`),
    sizes: 'Размер',
    more: (n: number) => `и ещё ${n}`,
    colours: { 1: 'серые', 3: 'цветные' },
    keypoints: 'Ключевых точек',
    videos: 'Видео или папок',
    edges: 'Рёбер',
    keypoint: 'Ключевая точка',
    visible: 'Видна на',
    share: 'Доля',
    samples: 'Примеры с разметкой',
    warnings: 'Стоит взглянуть',
    duplicates: (n: number) =>
      `${formatCount(n)} ${forms(n, 'кадр повторяет', 'кадра повторяют', 'кадров повторяют')} более ранний`,
    duplicatesText: 'Почти одинаковые кадры по обе стороны разделения завышают оценку на проверке.',
    outside: (n: number) =>
      `${formatCount(n)} ${forms(n, 'точка лежит', 'точки лежат', 'точек лежат')} за краем изображения`,
    clean: 'Ничего подозрительного.',
    list: 'Показать',
  },
});

export function Report({ report }: { report: DatasetReport }) {
  const word = t();
  return (
    <div class="stack">
      <Facts report={report} />
      <Samples samples={report.samples} />
      <div class="new-halves">
        <Keypoints report={report} />
        <div class="stack new-tight">
          <h3>{word.warnings}</h3>
          <Oddities report={report} />
        </div>
      </div>
    </div>
  );
}

function Facts({ report }: { report: DatasetReport }) {
  const word = t();
  const [size] = report.sizes;
  const others = report.sizes.length - 1;
  const facts: [string, string][] = [
    [word.frames, word.of(formatCount(report.labelled_frames), formatCount(report.frames))],
    [
      word.sizes,
      size
        ? `${size.width_px} × ${size.height_px} ${others > 0 ? `${word.more(others)} ` : ''}(${word.colours[report.channels]})`
        : '–',
    ],
    [word.keypoints, formatCount(report.keypoints.length)],
    [word.edges, formatCount(report.edges.length)],
    [word.videos, formatCount(report.videos.length)],
    [word.format, report.format],
    [word.labels, report.label_files.join(', ')],
  ];
  return <FactList facts={facts} />;
}

function Samples({ samples }: Pick<DatasetReport, 'samples'>) {
  return (
    <ul class="new-samples" aria-label={t().samples}>
      {samples.map(({ image, url, width_px, height_px }) => (
        <li key={url}>
          <a href={urlOf(url)} target="_blank" rel="noreferrer" title={image}>
            <img src={urlOf(url)} alt={image} width={width_px} height={height_px} loading="lazy" />
          </a>
        </li>
      ))}
    </ul>
  );
}

function Keypoints({ report: { keypoints, labelled_frames: frames } }: { report: DatasetReport }) {
  const word = t();
  return (
    <TableBox class="new-keypoints">
      <table>
        <thead>
          <tr>
            <th scope="col">{word.keypoint}</th>
            <th scope="col" class="number">
              {word.visible}
            </th>
            <th scope="col" class="number">
              {word.share}
            </th>
          </tr>
        </thead>
        <tbody>
          {keypoints.map(({ name, visible }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="number">{formatCount(visible)}</td>
              <td class="number">
                <meter aria-hidden="true" value={visible} max={Math.max(1, frames)} />{' '}
                <span>{formatShare(visible / Math.max(1, frames))}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function Oddities({ report }: { report: DatasetReport }) {
  const word = t();
  const { duplicate_frames: repeated, duplicates, outside, warnings } = report;
  const notices: Notice[] = warnings.map(text => ({ tone: 'warn', title: text, text: '' }));
  if (repeated > 0) notices.push({ tone: 'warn', title: word.duplicates(repeated), text: word.duplicatesText });
  if (outside.points > 0) notices.push({ tone: 'warn', title: word.outside(outside.points), text: '' });
  if (notices.length === 0) return <p class="muted">{word.clean}</p>;
  const details = [
    ...duplicates.map(group => group.join(' = ')),
    ...outside.examples.map(
      ({ image, keypoint, x, y, width_px, height_px }) =>
        `${image}: ${keypoint} (${formatNumber(x, 4)}, ${formatNumber(y, 4)}), ${width_px} × ${height_px}`,
    ),
  ];
  return (
    <>
      <Notices notices={notices} />
      {details.length > 0 && (
        <details>
          <summary>{word.list}</summary>
          <ul class="small new-name">
            {details.map(line => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
