/**
 * A small synthetic animal that wanders over a speckled floor, and where its keypoints are: data whose truth is known exactly.
 * Drawn as SVG and rendered by sharp; the same time always gives the same picture.
 */
import sharp from 'sharp';

export const SIDE_PX = 128;
export const KEYPOINTS = ['nose', 'left_ear', 'right_ear', 'spine', 'tail_base', 'tail_tip'] as const;
/** [child, parent] by name; the first has no parent. */
export const PARENTS: Record<string, string> = {
  nose: 'spine',
  left_ear: 'nose',
  right_ear: 'nose',
  tail_base: 'spine',
  tail_tip: 'tail_base',
};

type Point = [x: number, y: number];

/** Where the keypoints are at `seconds`, in pixels, in the order of KEYPOINTS. */
export function keypointsAt(seconds: number): Point[] {
  // A Lissajous walk that stays inside the frame; the animal looks where it goes.
  const centre: Point = [64 + 34 * Math.sin(0.9 * seconds), 64 + 32 * Math.sin(0.7 * seconds + 1)];
  const heading = Math.atan2(32 * 0.7 * Math.cos(0.7 * seconds + 1), 34 * 0.9 * Math.cos(0.9 * seconds));
  const sway = 0.5 * Math.sin(5 * seconds);
  const at = (forward: number, sideways: number, turn = 0): Point => {
    const angle = heading + turn;
    return [
      centre[0] + forward * Math.cos(angle) - sideways * Math.sin(angle),
      centre[1] + forward * Math.sin(angle) + sideways * Math.cos(angle),
    ];
  };
  return [at(21, 0), at(13, -6), at(13, 6), at(0, 0), at(-14, 0), at(-30, 0, sway)];
}

/** The picture at `seconds`: SIDE_PX² gray levels, row by row. */
export async function drawAt(seconds: number): Promise<Uint8Array> {
  const [nose, leftEar, rightEar, spine, tailBase, tailTip] = keypointsAt(seconds) as [
    Point,
    Point,
    Point,
    Point,
    Point,
    Point,
  ];
  const line = (a: Point, b: Point, width: number, gray: number) =>
    `<line x1="${a[0]}" y1="${a[1]}" x2="${b[0]}" y2="${b[1]}" stroke="rgb(${gray},${gray},${gray})" stroke-width="${width}" stroke-linecap="round"/>`;
  const dot = (p: Point, radius: number, gray: number) =>
    `<circle cx="${p[0]}" cy="${p[1]}" r="${radius}" fill="rgb(${gray},${gray},${gray})"/>`;
  const body = [
    line(tailBase, tailTip, 2.5, 70),
    line(spine, tailBase, 13, 60),
    line(spine, nose, 12, 50),
    dot(leftEar, 4, 110),
    dot(rightEar, 4, 90),
    dot(nose, 2, 15),
  ];
  // A pixel's centre has whole coordinates for keypoints, and lies at + 0.5 in SVG.
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE_PX}" height="${SIDE_PX}"><rect width="100%" height="100%" fill="#c8c8c8"/>
    ${SPECKLES}<g transform="translate(0.5 0.5)">${body.join('')}</g></svg>`;
  return sharp(Buffer.from(svg)).toColourspace('b-w').removeAlpha().raw().toBuffer();
}

/** The floor: dots at places that look random and are always the same. */
const SPECKLES = Array.from({ length: 160 }, (_, i) => {
  const fraction = (factor: number) => (i * factor) % 1;
  const gray = Math.round(150 + 80 * fraction(0.7548776662));
  return `<circle cx="${SIDE_PX * fraction(0.6180339887)}" cy="${SIDE_PX * fraction(0.3247179572)}" r="1.5" fill="rgb(${gray},${gray},${gray})"/>`;
}).join('');
