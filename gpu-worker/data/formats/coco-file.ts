/**
 * The parts of a COCO keypoints file that are read, checked one by one so that a sentence can name the annotation at fault.
 *
 * Liberal where exporters differ: `file_name` or `filename`, ids as numbers or strings, bare NaN as Python writes it, `keypoints` null or
 * absent. Segmentations, boxes, licences and whatever else is there are not looked at. Facts: COCO's data format, cocodataset.org.
 */
import { AppError } from '../../../src/errors.ts';
import { readLabelFile } from '../label-file.ts';

interface CocoImage {
  id: string;
  /** As written. */
  fileName: string;
}

export interface CocoCategory {
  id: string;
  name: string;
  keypoints: string[];
  /** As written: pairs of indices, from 1 or from 0. */
  skeleton: unknown;
}

export interface CocoAnnotation {
  /** What to call it in a sentence. */
  called: string;
  imageId: string;
  categoryId: string;
  /** x, y, visibility of each keypoint, not looked at yet; null: none. */
  keypoints: unknown[] | null;
  isCrowd: boolean;
}

export interface CocoFile {
  images: CocoImage[];
  /** Those with keypoint names. */
  categories: CocoCategory[];
  annotations: CocoAnnotation[];
}

type Members = Map<string, unknown>;

/**
 * @param path of the file on this machine. @param file its path within the dataset, for messages.
 * @throws AppError labels_invalid.
 */
export async function readCocoFile(path: string, file: string): Promise<CocoFile> {
  const root = membersOf(await readJson(path, file));
  if (root === null) throw invalid(file, 'is no COCO file: it is not a JSON object');
  const images = list(root, 'images', file).map((image, i) => readImage(image, i, file));
  const categories = list(root, 'categories', file).flatMap((category, i) => readCategory(category, i, file) ?? []);
  const annotations = list(root, 'annotations', file).map((annotation, i) => readAnnotation(annotation, i, file));
  if (categories.length === 0) {
    throw invalid(
      file,
      'names no keypoints in its categories',
      'Export it as "COCO keypoints", not as boxes or masks.',
    );
  }
  unique(images, 'images', file);
  unique(categories, 'categories', file);
  return { images, categories, annotations };
}

export function invalid(file: string, what: string, remedy?: string): AppError {
  return new AppError('labels_invalid', `${file} ${what}.`, { ...(remedy !== undefined && { remedy }) });
}

/** A value as a sentence may quote it, however large or deep it is. */
export function quoted(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 50 ? `${value.slice(0, 50)}…` : value);
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? 'a list' : 'an object';
}

async function readJson(path: string, file: string): Promise<unknown> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await readLabelFile(path, file)); // drops the BOM
    try {
      return JSON.parse(text);
    } catch (error) {
      if (!/NaN|Infinity/.test(text)) throw error;
      // Strings are matched too, and left as they are, so that a name with "NaN" in it keeps it.
      return JSON.parse(
        text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\b(?:NaN|Infinity)\b/g, m => (m[0] === '"' ? m : 'null')),
      );
    }
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new AppError('labels_invalid', `${file} is not readable JSON: ${error.message}.`, { cause: error });
    }
    const isNoText = error instanceof Error && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA';
    if (isNoText) throw new AppError('labels_invalid', `${file} is not text in UTF-8.`, { cause: error });
    throw error;
  }
}

function readImage(value: unknown, i: number, file: string): CocoImage {
  const image = membersOf(value);
  const id = idOf(image?.get('id'));
  const name = image?.get('file_name') ?? image?.get('filename');
  if (id === null) throw invalid(file, `gives no id to the ${place(i)} of its images`);
  if (typeof name !== 'string' || name === '') throw invalid(file, `gives no file_name to the image ${id}`);
  return { id, fileName: name };
}

/** null: a category without keypoints. */
function readCategory(value: unknown, i: number, file: string): CocoCategory | null {
  const category = membersOf(value);
  const id = idOf(category?.get('id'));
  if (id === null) throw invalid(file, `gives no id to the ${place(i)} of its categories`);
  const keypoints = category?.get('keypoints') ?? [];
  const name = idOf(category?.get('name')) ?? id;
  if (!Array.isArray(keypoints) || !keypoints.every(isName)) {
    throw invalid(file, `has a category "${name}" whose keypoints are not a list of names`);
  }
  if (keypoints.length === 0) return null;
  const twice = keypoints.find((keypoint, k) => keypoints.indexOf(keypoint) !== k);
  if (twice !== undefined) throw invalid(file, `names the keypoint "${twice}" of "${name}" more than once`);
  return { id, name, keypoints, skeleton: category?.get('skeleton') };
}

function readAnnotation(value: unknown, i: number, file: string): CocoAnnotation {
  const annotation = membersOf(value);
  const id = idOf(annotation?.get('id'));
  const called = id === null ? `the ${place(i)} annotation` : `annotation ${id}`;
  const [imageId, categoryId] = ['image_id', 'category_id'].map(name => idOf(annotation?.get(name)));
  if (!annotation || typeof imageId !== 'string' || typeof categoryId !== 'string') {
    throw invalid(file, `does not say for ${called} which image_id and category_id it belongs to`);
  }
  const keypoints = annotation.get('keypoints') ?? null;
  if (keypoints !== null && !Array.isArray(keypoints)) {
    throw invalid(file, `has no list of numbers as keypoints of ${called}`);
  }
  const isCrowd = [1, true].includes(annotation.get('iscrowd') as never);
  return { called, imageId, categoryId, keypoints: keypoints?.length === 0 ? null : keypoints, isCrowd };
}

/** As a Map: a member called `__proto__` or `constructor` is one like any other. */
function membersOf(value: unknown): Members | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return new Map(Object.entries(value));
}

function list(root: Members, name: string, file: string): unknown[] {
  const value = root.get(name);
  if (!Array.isArray(value)) throw invalid(file, `has no list "${name}", which a COCO file needs`);
  return value;
}

function idOf(value: unknown): string | null {
  return typeof value === 'number' || typeof value === 'string' ? String(value) : null;
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function unique(items: readonly { id: string }[], what: string, file: string): void {
  const seen = new Set<string>();
  for (const { id } of items) {
    if (seen.has(id)) throw invalid(file, `has several ${what} with the id ${id}`);
    seen.add(id);
  }
}

/** "1st", "2nd", "3rd", "4th". */
function place(i: number): string {
  const n = i + 1;
  const suffix = Math.floor(n / 10) % 10 === 1 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${suffix}`;
}
