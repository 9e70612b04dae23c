/**
 * Colours for keypoints, as far apart as they can be, for any number of them; overlays, pictures of checks and the page show the same.
 *
 * Each colour is the one of a grid of candidates that differs most from all before it, as in Glasbey et al. 2007 (Color Research and
 * Application 32, 304-309), measured in Oklab (Björn Ottosson 2020, bottosson.github.io/posts/oklab). Candidates are bright, since
 * videos are dark more often than light, and colourful, since most are gray.
 */

/** Red, green and blue, 0 to 255 each. */
export type Rgb = readonly [number, number, number];

/** Lightness from 0 to 1, and two axes of colour. */
type Lab = readonly [number, number, number];

/** Of a channel of sRGB. */
const LEVELS = [0, 51, 102, 153, 204, 255];
const LEAST_LIGHTNESS = 0.62;
/** Distance from gray; that of pure blue is 0.31. */
const LEAST_CHROMA = 0.11;

const CANDIDATES = LEVELS.flatMap(r => LEVELS.flatMap(g => LEVELS.map((b): Rgb => [r, g, b])))
  .map(rgb => ({ rgb, lab: oklab(rgb) }))
  .filter(({ lab: [lightness, a, b] }) => lightness >= LEAST_LIGHTNESS && Math.hypot(a, b) >= LEAST_CHROMA);

/** @returns `count` colours; they repeat once all candidates, more than a hundred, are used up. */
export function keypointColours(count: number): Rgb[] {
  const chosen = [CANDIDATES.reduce((best, one) => (chroma(one.lab) > chroma(best.lab) ? one : best))];
  const nearest = CANDIDATES.map(({ lab }) => distance(lab, chosen[0]!.lab));
  while (chosen.length < Math.min(count, CANDIDATES.length)) {
    const next = CANDIDATES[nearest.indexOf(Math.max(...nearest))]!;
    chosen.push(next);
    CANDIDATES.forEach(({ lab }, i) => {
      nearest[i] = Math.min(nearest[i]!, distance(lab, next.lab));
    });
  }
  return Array.from({ length: count }, (_, k) => chosen[k % chosen.length]!.rgb);
}

function oklab(rgb: Rgb): Lab {
  const [r, g, b] = rgb.map(level => {
    const c = level / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function chroma([, a, b]: Lab): number {
  return Math.hypot(a, b);
}

function distance(one: Lab, other: Lab): number {
  return Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
}
