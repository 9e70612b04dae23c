/** Frames of the two keypoints of hand-worker.ts as they are stored, and those files of predictions that are texts. */
const { NaN: none } = Number;

/** The second keypoint was not found. */
export const FRAME = [1.5, 2.123456, 0.9, none, none, 0.123456];
export const NOTHING = [none, none, 0.1, none, none, 0.05];
export const TEXT_FILES = [
  'predictions.json',
  'predictions.ndjson',
  'predictions.csv',
  'predictions.dlc.csv',
  'predictions.coco.json',
];
