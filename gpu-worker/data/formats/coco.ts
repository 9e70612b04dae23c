/**
 * Reads COCO keypoints: images, annotations with x, y and visibility of each keypoint, categories with their names and skeleton.
 *
 * Visibility as COCO says it: 0 not labelled, 1 labelled but hidden, 2 visible; as SLEAP does, a hidden keypoint is no target. Some
 * exporters write 0 and 1 only, so where no annotation has a 2, a 1 is visible. One category is read, that with the most labelled
 * annotations, and of several animals in an image the first, as SLEAP's single-instance model takes the first instance.
 */
import { join } from 'node:path';
import type { Skeleton } from '../../../src/contract/pose.ts';
import { type CocoAnnotation, type CocoCategory, type CocoFile, invalid, quoted, readCocoFile } from './coco-file.ts';
import type { DatasetFolder, LabelledDataset } from './format.ts';
import { type LabelledImage, locateFrames, neverVisible, noLabelledFrames, repeatedImages } from './frames.ts';

/** [K, 3] x, y, visibility of one annotation. */
interface Labelled {
  annotation: CocoAnnotation;
  triples: Float64Array;
}

/**
 * @param file the JSON within the dataset.
 * @throws AppError labels_invalid (with the annotation's id), image_missing, no_labelled_frames.
 */
export async function readCoco(dataset: DatasetFolder, file: string): Promise<LabelledDataset> {
  const coco = await readCocoFile(join(dataset.folder, file), file);
  const warnings: string[] = [];
  const { category, labelled } = chooseCategory(coco, file, warnings);
  const images = firstOfEachImage(coco, labelled, category, file, warnings);
  if (images.length === 0) throw noLabelledFrames(file, `names ${coco.images.length} images, but none has a keypoint`);
  const empty = coco.images.length - images.length;
  if (empty > 0) {
    warnings.push(
      `${empty} of ${coco.images.length} images of ${file} have no visible keypoint of "${category.name}" and were left out.`,
    );
  }
  const frames = locateFrames(dataset, file, images);
  const repeated = repeatedImages(frames);
  if (repeated > 0) warnings.push(`${repeated} images of ${file} name a file that another one names too.`);
  const { keypoints } = category;
  warnings.push(...neverVisible(keypoints, frames));
  const edges = readSkeleton(category, file, warnings);
  const namedFrames = coco.images.length;
  return { format: 'coco', labelFiles: [file], skeleton: { keypoints, edges }, frames, namedFrames, warnings };
}

/** The category with the most labelled annotations, the first of equal ones; the others are named and counted. */
function chooseCategory(coco: CocoFile, file: string, warnings: string[]) {
  const byCategory = new Map<string, { category: CocoCategory; labelled: Labelled[] }>(
    coco.categories.map(category => [category.id, { category, labelled: [] }]),
  );
  let [crowds, strangers] = [0, 0];
  for (const annotation of coco.annotations) {
    if (annotation.keypoints === null) continue;
    const entry = byCategory.get(annotation.categoryId);
    if (annotation.isCrowd) crowds++;
    else if (entry === undefined) strangers++;
    else {
      const triples = readTriples(annotation, entry.category, file);
      if (triples.some((value, i) => i % 3 === 2 && value > 0)) entry.labelled.push({ annotation, triples });
    }
  }
  if (crowds > 0) warnings.push(`${crowds} annotations of ${file} are crowds (iscrowd) and were left out.`);
  if (strangers > 0) {
    warnings.push(
      `${strangers} annotations of ${file} belong to a category that names no keypoints and were left out.`,
    );
  }
  const entries = [...byCategory.values()];
  const chosen = entries.reduce((best, entry) => (entry.labelled.length > best.labelled.length ? entry : best));
  const others = entries.filter(entry => entry !== chosen && entry.labelled.length > 0);
  if (others.length > 0) {
    const counts = others.map(({ category, labelled: { length } }) => {
      return `"${category.name}" (${length} annotation${length === 1 ? '' : 's'})`;
    });
    warnings.push(
      `${file} labels several categories: "${chosen.category.name}" was read, ${counts.join(', ')} left out.`,
    );
  }
  return chosen;
}

/** @throws AppError labels_invalid where the numbers do not fit the category. */
function readTriples({ keypoints, called }: CocoAnnotation, category: CocoCategory, file: string): Float64Array {
  const values = keypoints ?? [];
  const k = category.keypoints.length;
  if (values.length !== 3 * k) {
    const wanted = `"${category.name}" names ${k}, which needs ${3 * k}`;
    throw invalid(file, `has ${values.length} numbers as keypoints of ${called}, but ${wanted}`);
  }
  const triples = new Float64Array(3 * k);
  for (let i = 0; i < values.length; i += 3) {
    const [x, y, visibility] = values.slice(i, i + 3);
    const where = `"${category.keypoints[i / 3]}" of ${called}`;
    const v = typeof visibility === 'boolean' ? Number(visibility) : visibility;
    if (v !== 0 && v !== 1 && v !== 2) {
      throw invalid(file, `has the visibility ${quoted(visibility)} for ${where}; it must be 0, 1 or 2`);
    }
    // What is not labelled may carry anything as x and y.
    if (v !== 0 && !(isCoordinate(x) && isCoordinate(y))) {
      throw invalid(file, `has ${quoted(x)} and ${quoted(y)} as x and y of ${where}, not two numbers`);
    }
    triples.set(v === 0 ? [0, 0, 0] : [x as number, y as number, v], i);
  }
  return triples;
}

function isCoordinate(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(Math.fround(value));
}

/** One entry for each image that has a visible point, in the order of the file's images. */
function firstOfEachImage(
  coco: CocoFile,
  labelled: readonly Labelled[],
  category: CocoCategory,
  file: string,
  warnings: string[],
): LabelledImage[] {
  const hasTwo = labelled.some(({ triples }) => triples.some((value, i) => i % 3 === 2 && value === 2));
  const least = hasTwo ? 2 : 1;
  const known = new Set(coco.images.map(image => image.id));
  const first = new Map<string, Float32Array>();
  let [hidden, more, homeless] = [0, 0, 0];
  for (const { annotation, triples } of labelled) {
    if (!known.has(annotation.imageId)) homeless++;
    else if (first.has(annotation.imageId)) more++;
    else {
      const points = new Float32Array((2 * triples.length) / 3).fill(Number.NaN);
      category.keypoints.forEach((_, k) => {
        const [x, y, v] = triples.subarray(3 * k, 3 * k + 3) as unknown as [number, number, number];
        if (v >= least) points.set([x, y], 2 * k);
        else if (v === 1) hidden++;
      });
      // One whose labelled keypoints are all hidden has nothing to train on; the next animal of the image may.
      if (points.some(value => !Number.isNaN(value))) first.set(annotation.imageId, points);
    }
  }
  if (hidden > 0) {
    warnings.push(
      `${hidden} keypoints of ${file} are labelled as hidden (visibility 1) and were taken as not visible.`,
    );
  }
  if (more > 0) {
    warnings.push(`${more} annotations of ${file} are further animals of an image: only the first of each was read.`);
  }
  if (homeless > 0) {
    warnings.push(`${homeless} annotations of ${file} belong to an image that it does not list and were left out.`);
  }
  return coco.images.flatMap(({ id, fileName }) => {
    const points = first.get(id);
    return points === undefined ? [] : [{ written: fileName, points }];
  });
}

/** COCO counts from 1, some exporters from 0: a 0 tells. Edges are for drawing only, so a fault is a warning. */
function readSkeleton(
  { keypoints, name, skeleton }: CocoCategory,
  file: string,
  warnings: string[],
): Skeleton['edges'] {
  if (skeleton === undefined || skeleton === null) return [];
  const pairs = (Array.isArray(skeleton) ? skeleton : [skeleton]).map((edge: unknown) =>
    Array.isArray(edge) && edge.length === 2 && edge.every(Number.isInteger) ? (edge as [number, number]) : null,
  );
  const base = pairs.some(edge => edge?.includes(0)) ? 0 : 1;
  const edges = new Map<string, [number, number]>();
  const wrong: unknown[] = [];
  pairs.forEach((pair, i) => {
    const [a, b] = (pair ?? [-1, -1]).map(index => index - base) as [number, number];
    if ([a, b].every(index => index >= 0 && index < keypoints.length) && a !== b) edges.set(`${a},${b}`, [a, b]);
    else wrong.push((skeleton as unknown[])[i] ?? skeleton);
  });
  if (wrong.length > 0) {
    warnings.push(
      `The skeleton of "${name}" in ${file} has edges that fit no keypoints and were left out: ${wrong.length}, the first ${edgeInWords(wrong[0])}.`,
    );
  }
  return [...edges.values()];
}

function edgeInWords(edge: unknown): string {
  return Array.isArray(edge) ? `[${edge.slice(0, 3).map(quoted).join(', ')}]` : quoted(edge);
}
