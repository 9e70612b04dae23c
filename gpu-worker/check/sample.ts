/** A labelled frame as a picture for people: scaled down where it is large, edges as lines, keypoints as dots in the overlay's colours. */
import sharp from 'sharp';
import { keypointColours } from '../../src/contract/keypoint-colours.ts';
import type { Skeleton } from '../../src/contract/pose.ts';
import { readImage } from '../media/image.ts';
import { pictureOf } from '../media/picture.ts';

export interface Sample {
  png: Uint8Array;
  /** Of the picture, not of the frame. */
  widthPx: number;
  heightPx: number;
}

/**
 * @param frame.points [K, 2] in the image's own pixels; NaN: not visible.
 * @throws AppError image_invalid naming the file.
 */
export async function drawSample(
  frame: { imagePath: string; points: Float32Array },
  { keypoints, edges }: Skeleton,
  limits: { maxSidePx: number },
): Promise<Sample> {
  const { widthPx, heightPx, scale, pixels } = pictureOf(await readImage(frame.imagePath, limits));
  // Pixel centres are at integers here, and half a pixel further in a drawing.
  const places = keypoints.map((_, k) => {
    return [(frame.points[2 * k]! + 0.5) * scale, (frame.points[2 * k + 1]! + 0.5) * scale] as const;
  });
  const svg = drawing({ widthPx, heightPx }, places, edges);
  const resized = await pixels.toColourspace('srgb').png().toBuffer();
  const png = await sharp(resized)
    .composite([{ input: Buffer.from(svg) }])
    .png({ compressionLevel: 6 })
    .toBuffer();
  return { png, widthPx, heightPx };
}

/** A hundredth of the picture, but less where the animal is small in it: its own dots must not hide it. */
function radiusFor(
  picture: { widthPx: number; heightPx: number },
  seen: readonly (readonly [number, number])[],
): number {
  const [xs, ys] = [seen.map(([x]) => x), seen.map(([, y]) => y)];
  const animalPx = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
  const most = Math.min(picture.widthPx, picture.heightPx) / 100;
  return Math.max(1.5, seen.length > 1 ? Math.min(most, animalPx / 30) : most);
}

function drawing(
  { widthPx, heightPx }: { widthPx: number; heightPx: number },
  places: readonly (readonly [number, number])[],
  edges: Skeleton['edges'],
): string {
  const colours = keypointColours(places.length).map(rgb => `rgb(${rgb.join(',')})`);
  const isSeen = (k: number) => !Number.isNaN(places[k]![0]);
  const radius = radiusFor(
    { widthPx, heightPx },
    places.filter((_, k) => isSeen(k)),
  );
  const lines = edges
    .filter(([parent, child]) => isSeen(parent) && isSeen(child))
    .map(([parent, child]) => {
      const [[x1, y1], [x2, y2]] = [places[parent]!, places[child]!];
      return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${colours[child]}" stroke-width="${radius / 2}"/>`;
    });
  const dots = places.flatMap(([x, y], k) =>
    isSeen(k)
      ? [`<circle cx="${x}" cy="${y}" r="${radius}" fill="${colours[k]}" stroke="black" stroke-width="0.5"/>`]
      : [],
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}">${lines.join('')}${dots.join('')}</svg>`;
}
