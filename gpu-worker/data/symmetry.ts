/**
 * Which keypoints change places when a frame is mirrored: the left ear of an animal is the right ear of its mirror image.
 *
 * SLEAP marks the pairs in its skeleton; our datasets have none, so they are given in the request or found by names: the words left and
 * right (`left_ear`, `earLeft`, `left ear`, `leftear`), else a single letter that stands apart (`ear_L`, `L_ear`, `earL`, `L1`). Two names
 * must differ in the side alone; a letter within a word (`earl`, `LF1`) is never taken for a side.
 */
import { AppError } from '../../src/errors.ts';

export interface Symmetry {
  /** Indices of keypoints; none is in two pairs. */
  pairs: [number, number][];
  /** Sentences for the user: what was guessed, what could not be. */
  warnings: string[];
}

/**
 * @param named the pairs of the request (symmetric_keypoints); undefined: to be found by names; empty: there are none.
 * @throws AppError labels_invalid when a pair names a keypoint that the dataset does not have.
 */
export function findSymmetry(
  keypoints: readonly string[],
  named?: readonly (readonly [string, string])[] | undefined,
): Symmetry {
  if (named === undefined) return pairByNames(keypoints);
  const indexOf = (name: string) => {
    const index = keypoints.indexOf(name);
    if (index !== -1) return index;
    throw new AppError('labels_invalid', `symmetric_keypoints names "${name}", which labels.csv does not have.`, {
      remedy: `Use names of its keypoints: ${quoted(keypoints)}.`,
    });
  };
  return { pairs: named.map(([one, other]) => [indexOf(one), indexOf(other)]), warnings: [] };
}

function pairByNames(keypoints: readonly string[]): Symmetry {
  const sided = keypoints.flatMap((name, index) => {
    const side = sideOf(name);
    return side ? [{ ...side, name, index }] : [];
  });
  const pairs: [number, number][] = [];
  const single: string[] = [];
  for (const { side, rest, isWord, name, index } of sided) {
    const alike = sided.filter(other => other.rest === rest);
    const [other] = alike.filter(candidate => candidate.side !== side);
    if (alike.length !== 2 || !other) {
      if (isWord) single.push(name);
    } else if (index < other.index) pairs.push([index, other.index]);
  }
  return { pairs, warnings: warningsAbout(keypoints, pairs, single) };
}

/** The side a name tells, and the name without it; null when it tells none or more than one. */
function sideOf(name: string): { side: 'left' | 'right'; rest: string; isWord: boolean } | null {
  // Runs of capitals, words with or without a capital, numbers, letters of scripts without case.
  const parts = name.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{N}+|\p{Lo}+/gu) ?? [];
  const lower = parts.map(part => part.toLowerCase());
  for (const pattern of [/^(left|right)|(left|right)$/, /^[lr]$/]) {
    const places = lower.flatMap((part, place) => (pattern.test(part) ? [place] : []));
    if (places.length === 0) continue;
    if (places.length > 1) return null;
    const word = pattern.exec(lower[places[0]!]!)![0];
    const rest = lower.map((part, place) => (place === places[0] ? part.replace(pattern, '*') : part)).join(' ');
    return { side: word.startsWith('l') ? 'left' : 'right', rest, isWord: word.length > 1 };
  }
  return null;
}

function warningsAbout(keypoints: readonly string[], pairs: [number, number][], single: string[]): string[] {
  const remedy = 'Say so with symmetric_keypoints if that is wrong.';
  if (pairs.length === 0) {
    return [
      `Frames are mirrored at random, but no names of keypoints tell left from right: none change places. ${remedy}`,
    ];
  }
  const listed = pairs
    .map(pair =>
      quoted(
        pair.map(k => keypoints[k]!),
        ' with ',
      ),
    )
    .join(', ');
  const warnings = [
    `Frames are mirrored at random; by their names these keypoints change places: ${listed}. ${remedy}`,
  ];
  if (single.length > 0) {
    warnings.push(`These keypoints have no counterpart to change places with in a mirrored frame: ${quoted(single)}.`);
  }
  return warnings;
}

function quoted(names: readonly string[], separator = ', '): string {
  return names.map(name => `"${name}"`).join(separator);
}
