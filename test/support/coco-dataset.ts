/** COCO files of one mouse in two images, and the reading of them. */
import { type Files, read as readFolder, writeDataset } from './dataset-folder.ts';

export const MOUSE = { id: 1, name: 'mouse', keypoints: ['nose', 'tail'], skeleton: [[1, 2]] };
export const IMAGES = [
  { id: 1, file_name: 'a.jpg' },
  { id: 2, file_name: 'b.jpg' },
];
export const label = (id: number, imageId: number, keypoints: unknown, more = {}) => ({
  ...{ id, image_id: imageId, category_id: 1, keypoints },
  ...more,
});
export const plain = [label(1, 1, [1, 2.5, 2, 3, 4, 2]), label(2, 2, [5, 6, 2, 0, 0, 0])];

/** @param path of the running test's scratch folder. */
export function cocoReader(path: () => string) {
  const readText = async (json: string, files: Files = {}) =>
    readFolder(await writeDataset(path(), { 'annotations.json': json, 'a.jpg': '', 'b.jpg': '', ...files }));
  /** Reads annotations.json beside a.jpg and b.jpg. */
  const read = (annotations: unknown[], more: Record<string, unknown> = {}, files: Files = {}) =>
    readText(JSON.stringify({ images: IMAGES, annotations, categories: [MOUSE], ...more }), files);
  return { read, readText };
}
