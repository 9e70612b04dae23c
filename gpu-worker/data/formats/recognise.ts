/**
 * Finds the labels among the files of a dataset: which format, and which files make it up.
 *
 * By content (file-head.ts). A DeepLabCut project keeps a table for each video, and they are one dataset; in a Lightning Pose dataset
 * there is one table, with the same header, whose rows name images in folders; a SLEAP training job is a package beside the files that
 * SLEAP writes for `sleap-train`. Files named as images or videos are not looked into, nor are this service's skeleton.csv and groups.csv.
 */
import { join, posix } from 'node:path';
import type { DatasetFormat } from '../../../src/contract/dataset.ts';
import { groupDlcTables } from './dlc-tables.ts';
import { type FileKind, kindOfFile } from './file-head.ts';
import { isLabelsCsv, isMedia } from './file-names.ts';
import type { DatasetFolder } from './format.ts';

export interface Candidate {
  format: DatasetFormat;
  /** Its label files within the dataset, at least one; several of DeepLabCut only. */
  paths: string[];
  /** Sentences for the user about what was left out in finding it. */
  warnings: string[];
}

export interface Recognised {
  candidates: Candidate[];
  /** Files that are known and are no labels. */
  unusable: { path: string; why: string }[];
}

const NO_LABELS = new Set(['skeleton.csv', 'groups.csv']);
/** What SLEAP writes beside the package of a training job. */
const JOB_FILES = new Set(['jobs.yaml', 'train-script.sh', 'inference-script.sh']);

/** @param dataset without leftovers of systems. */
export async function recognise(dataset: DatasetFolder): Promise<Recognised> {
  const kinds = new Map<string, FileKind>();
  for (const { path, sizeBytes } of dataset.files) {
    if (isMedia(path) || NO_LABELS.has(posix.basename(path).toLowerCase())) continue;
    const kind = sizeBytes === 0 ? null : await kindOfFile(join(dataset.folder, path), path, sizeBytes);
    // A labels.csv with a fault in its header is to be refused with that fault, and one with DeepLabCut's header was always read.
    const isOwn = isLabelsCsv(path) && (kind === null || typeof kind === 'object' || kind === 'dlc_table');
    if (isOwn) kinds.set(path, 'own_table');
    else if (kind !== null) kinds.set(path, kind);
  }
  const of = (kind: FileKind) => [...kinds].filter(([, other]) => other === kind).map(([path]) => path);
  const single = (format: DatasetFormat, paths: string[]) =>
    paths.map((path): Candidate => ({ format, paths: [path], warnings: [] }));
  const jobFolders = new Set([...of('sleap_config'), ...jobFiles(dataset)].map(path => posix.dirname(path)));
  const inJob = (path: string) => jobFolders.has(posix.dirname(path));
  const packages = of('pkg_slp');
  const tables = await groupDlcTables(dataset, of('dlc_table'));
  return {
    candidates: [
      ...single('labels_csv', of('own_table')),
      ...single('slp', of('slp')),
      ...single(
        'pkg_slp',
        packages.filter(path => !inJob(path)),
      ),
      ...single('sleap_job', packages.filter(inJob)),
      ...single('coco', of('coco')),
      ...tables.projects.map((project): Candidate => ({ format: 'deeplabcut', ...project })),
      ...single('lightning_pose', tables.single),
    ],
    unusable: [...kinds].flatMap(([path, kind]) => (typeof kind === 'object' ? { path, ...kind } : [])),
  };
}

function jobFiles({ files }: DatasetFolder): string[] {
  return files.map(({ path }) => path).filter(path => JOB_FILES.has(posix.basename(path).toLowerCase()));
}
