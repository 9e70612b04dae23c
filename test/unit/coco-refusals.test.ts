import { describe, expect, test } from 'vitest';
import { cocoReader, IMAGES, label, MOUSE, plain } from '../support/coco-dataset.ts';
import { scratchFolder } from '../support/scratch.ts';

const scratch = scratchFolder();

const { read, readText } = cocoReader(scratch.path);
const refused = (message: RegExp) =>
  expect.objectContaining({ code: 'labels_invalid', message: expect.stringMatching(message) });

describe('what cannot be used is refused, with the annotation at fault', () => {
  test.each<[string, unknown[], RegExp]>([
    [
      'a number too few',
      [label(7, 1, [1, 2, 2, 3, 4])],
      /has 5 numbers as keypoints of annotation 7, but "mouse" names 2, which needs 6/,
    ],
    ['a text as coordinate', [label(7, 1, ['1', 2, 2, 3, 4, 2])], /has "1" and 2 as x and y of "nose" of annotation 7/],
    ['null as coordinate', [label(7, 1, [1, 2, 2, null, 4, 2])], /has null and 4 as x and y of "tail" of annotation 7/],
    ['a coordinate beyond float32', [label(7, 1, [1e39, 2, 2, 3, 4, 2])], /not two numbers/],
    [
      'a visibility of 3',
      [label(7, 1, [1, 2, 3, 3, 4, 2])],
      /has the visibility 3 for "nose" of annotation 7; it must be 0, 1 or 2/,
    ],
    ['a negative visibility', [label(7, 1, [1, 2, -1, 3, 4, 2])], /has the visibility -1 for "nose"/],
    [
      'keypoints that are no list',
      [label(7, 1, { nose: [1, 2] })],
      /has no list of numbers as keypoints of annotation 7/,
    ],
    [
      'no image_id',
      [plain[0], { category_id: 1, keypoints: [] }],
      /does not say for the 2nd annotation which image_id/,
    ],
    ['an annotation that is none', [plain[0], 12], /the 2nd annotation/],
  ])('%s', async (_, annotations, message) => {
    await expect(read(annotations)).rejects.toEqual(refused(message));
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['images without id', { images: [{ file_name: 'a.jpg' }] }, /gives no id to the 1st of its images/],
    ['images without name', { images: [{ id: 3 }] }, /gives no file_name to the image 3/],
    ['two images of one id', { images: [...IMAGES, IMAGES[0]] }, /has several images with the id 1/],
    [
      'a keypoint named twice',
      { categories: [{ ...MOUSE, keypoints: ['a', 'a'] }] },
      /names the keypoint "a" of "mouse" more than once/,
    ],
    ['keypoints without names', { categories: [{ ...MOUSE, keypoints: [1, 2] }] }, /keypoints are not a list of names/],
    ['no keypoints', { categories: [{ id: 1, name: 'box' }] }, /names no keypoints in its categories/],
    ['images that are no list', { images: {} }, /has no list "images"/],
  ])('%s', async (_, more, message) => {
    await expect(read(plain, more)).rejects.toEqual(refused(message));
  });

  test('values nested a hundred thousand deep', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const json = JSON.stringify({
      images: IMAGES,
      categories: [MOUSE],
      annotations: [label(7, 1, [1, 2, 9, 3, 4, 2])],
    });
    await expect(readText(json.replace('2,9,', `2,${deep},`))).rejects.toEqual(
      refused(/has the visibility a list for/),
    );
    await expect(readText(json.replace('"mouse"', deep))).rejects.toEqual(refused(/has the visibility 9 for/));
  });

  test('no label at all, an image that is missing, JSON that breaks off', async () => {
    await expect(read([label(1, 1, [0, 0, 0, 0, 0, 0])])).rejects.toMatchObject({
      code: 'no_labelled_frames',
      message: 'annotations.json names 2 images, but none has a keypoint: there is nothing to train on.',
    });
    await expect(read(plain, { images: [IMAGES[0], { id: 2, file_name: 'lost.jpg' }] })).rejects.toMatchObject({
      code: 'image_missing',
      message: '1 image named in annotations.json is not in the dataset: "lost.jpg".',
    });
    const whole = JSON.stringify({ images: IMAGES, categories: [MOUSE], annotations: plain });
    await expect(readText(whole.slice(0, -3))).rejects.toEqual(refused(/^annotations.json is not readable JSON/));
  });
});
