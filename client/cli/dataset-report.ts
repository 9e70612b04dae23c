/** The report of a dataset's check as text for a terminal. */
import type { DatasetReport } from '../../src/contract/dataset-report.ts';

export function describeReport(report: DatasetReport): string {
  const { keypoints, edges, symmetries, sizes, videos, outside, warnings } = report;
  const width = Math.max(...keypoints.map(({ name }) => name.length));
  const pairs = (list: readonly (readonly [string, string])[]) => list.map(pair => pair.join('–')).join(', ') || 'none';
  return [
    `format      ${report.format} (${report.label_files.join(', ')})`,
    `frames      ${report.labelled_frames} labelled of ${report.frames}, ${videos.length === 1 ? '1 video or folder' : `${videos.length} videos or folders`}`,
    `images      ${sizes.map(size => `${size.width_px} × ${size.height_px} (${size.frames})`).join(', ')}, ${report.channels === 1 ? 'gray' : 'colour'}`,
    `edges       ${pairs(edges)}`,
    `symmetries  ${symmetries === null ? 'not given' : pairs(symmetries)}`,
    `duplicates  ${report.duplicate_frames}`,
    `outside     ${outside.points}`,
    'keypoints   visible in',
    ...keypoints.map(({ name, visible }) => `  ${name.padEnd(width)}  ${visible} of ${report.labelled_frames}`),
    ...warnings.map(warning => `warning: ${warning}`),
  ].join('\n');
}
