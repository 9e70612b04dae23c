/**
 * predictions.coco.json: predictions as COCO keypoints, for pycocotools and for annotation tools that import them.
 *
 * An image for each stored frame, whether anything was found in it or not; an annotation for each frame with a detection. Both are numbered
 * by frame, from 1, since pycocotools takes annotation 0 for none. There are no picture files: an image's file_name is what a frame taken out
 * of the video could be called, and `video` and `frame` (counted from 0) tell where it is.
 * Two arrays follow one another, so all predictions are gone through twice; the first time only their frame numbers are asked for.
 */
import { NUMBERS_PER_POINT } from '../contract/pose.ts';
import { roundedNumber } from './chunk.ts';
import type { Predictions } from './predictions.ts';
import { type TextBytes, utf8 } from './text-bytes.ts';
import type { FrameTexts, TextParts } from './text-file.ts';

/** Digits of a frame number in file names, so that files sort. */
const FRAME_DIGITS = 6;
const COMMA = 0x2c;
const NOT_FOUND = utf8('0,0,0');
const FOUND = utf8(',2');
/** Of a frame whose peaks have no finite place. */
const NO_BOX = { left: 0, right: 0, top: 0, bottom: 0 };
const ID = utf8('{"id":');
const IMAGE = utf8(',"image_id":');
const POINTS = utf8(',"category_id":1,"iscrowd":0,"keypoints":[');
const COUNT = utf8('],"num_keypoints":');
const BOX = utf8(',"bbox":[');
const AREA = utf8('],"area":');
const SCORE = utf8(',"score":');
const END = utf8('}');

export function cocoParts(predictions: Predictions): TextParts {
  const { resultsId, modelUid, fileName, skeleton, createdAt } = predictions;
  const info = {
    description: `Predictions of ${fileName}`,
    version: '1.0',
    year: createdAt.getUTCFullYear(),
    contributor: `model ${modelUid}`,
    date_created: createdAt.toISOString(),
    results_id: resultsId,
  };
  const category = {
    id: 1,
    name: 'animal',
    supercategory: 'animal',
    keypoints: skeleton.keypoints,
    skeleton: skeleton.edges.map(([from, to]) => [from + 1, to + 1]),
  };
  return [
    `{"info":${JSON.stringify(info)},"licenses":[],"categories":[${JSON.stringify(category)}],"images":[`,
    { of: 'all', separator: ',', numbersOnly: true, write: imageWriter(predictions) },
    '],"annotations":[',
    { of: 'found', separator: ',', write: annotationWriter(skeleton.keypoints.length) },
    ']}\n',
  ];
}

function imageWriter({ fileName, video }: Predictions): FrameTexts['write'] {
  const name = JSON.stringify(fileName);
  const folder = JSON.stringify(fileName.replace(/\.\w{1,5}$/, '').replace(/[/\\]/g, '_')).slice(0, -1);
  const [width, height] = [video?.widthPx ?? 0, video?.heightPx ?? 0];
  const file = utf8(`,"file_name":${folder}/frame_`);
  const rest = utf8(`.png","width":${width},"height":${height},"video":${name},"frame":`);
  return (out, { frames }, index) => {
    const frame = frames[index]!;
    out.bytes(ID);
    out.integer(frame + 1);
    out.bytes(file);
    out.text(String(frame).padStart(FRAME_DIGITS, '0'));
    out.bytes(rest);
    out.integer(frame);
    out.bytes(END);
  };
}

function annotationWriter(keypoints: number): FrameTexts['write'] {
  const numbers = keypoints * NUMBERS_PER_POINT;
  return (out, chunk, index) => {
    const id = chunk.frames[index]! + 1;
    const box = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
    let found = 0;
    out.bytes(ID);
    out.integer(id);
    out.bytes(IMAGE);
    out.integer(id);
    out.bytes(POINTS);
    for (let at = index * numbers, end = at + numbers, first = at; at < end; at += NUMBERS_PER_POINT) {
      if (at > first) out.char(COMMA);
      const x = chunk.points[at]!;
      const y = chunk.points[at + 1]!;
      if (!Number.isFinite(x) || !Number.isFinite(y)) {
        out.bytes(NOT_FOUND);
        continue;
      }
      found++;
      out.number(x);
      out.char(COMMA);
      out.number(y);
      out.bytes(FOUND);
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x);
      box.top = Math.min(box.top, y);
      box.bottom = Math.max(box.bottom, y);
    }
    out.bytes(COUNT);
    out.integer(found);
    writeBox(out, found > 0 ? box : NO_BOX);
    out.bytes(SCORE);
    out.number(chunk.instanceScore(index));
    out.bytes(END);
  };
}

/** Around the points that were found. */
function writeBox(out: TextBytes, { left, right, top, bottom }: Record<'left' | 'right' | 'top' | 'bottom', number>) {
  // Of the coordinates as they are written, so that both tell the same.
  const widthPx = roundedNumber(right) - roundedNumber(left);
  const heightPx = roundedNumber(bottom) - roundedNumber(top);
  out.bytes(BOX);
  out.number(left);
  out.char(COMMA);
  out.number(top);
  out.char(COMMA);
  out.number(widthPx);
  out.char(COMMA);
  out.number(heightPx);
  out.bytes(AREA);
  out.number(widthPx * heightPx);
}
