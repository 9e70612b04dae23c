import { describe, expect, it } from 'vitest';
import { findSymmetry } from '../../gpu-worker/data/symmetry.ts';

describe('pairs of keypoints found by their names', () => {
  it.each<[string, string[], [number, number][]]>([
    ['words in snake_case', ['nose', 'left_ear', 'right_ear'], [[1, 2]]],
    ['words at the end, in any order', ['ear_right', 'tail', 'ear_left'], [[0, 2]]],
    [
      'words in camelCase and with capitals',
      ['leftEar', 'RightEar', 'pawLeft', 'pawRight'],
      [
        [0, 1],
        [2, 3],
      ],
    ],
    [
      'words apart by spaces or hyphens',
      ['Left ear', 'right ear', 'hind-left paw', 'hind-right paw'],
      [
        [0, 1],
        [2, 3],
      ],
    ],
    [
      'words grown together',
      ['leftear', 'rightear', 'eyeleft', 'eyeright'],
      [
        [0, 1],
        [2, 3],
      ],
    ],
    ['capitals throughout', ['LEFT_EAR', 'RIGHT_EAR'], [[0, 1]]],
    [
      'letters as suffix',
      ['ear_L', 'ear_R', 'paw.l', 'paw.r'],
      [
        [0, 1],
        [2, 3],
      ],
    ],
    [
      'letters as prefix',
      ['L_ear', 'R_ear', 'LPaw', 'RPaw'],
      [
        [0, 1],
        [2, 3],
      ],
    ],
    [
      'letters after a word in camelCase',
      ['eyeL', 'eyeR', 'thorax', 'forelegL4', 'forelegR4'],
      [
        [0, 1],
        [3, 4],
      ],
    ],
    [
      'letters before a number',
      ['L1', 'L2', 'R2', 'R1'],
      [
        [0, 3],
        [1, 2],
      ],
    ],
  ])('come from %s', (_, keypoints, pairs) => {
    const found = findSymmetry(keypoints);
    expect(found.pairs).toEqual(pairs);
    expect(found.warnings).toHaveLength(1);
    for (const k of pairs.flat()) expect(found.warnings[0]).toContain(`"${keypoints[k]}"`);
  });

  it.each<[string, string[]]>([
    ['names without a side', ['nose', 'tail', 'neck']],
    ['letters within words', ['earl', 'earr', 'lip', 'rip', 'collar', 'corral']],
    ['letters within runs of capitals', ['LF1', 'RF1', 'EARL', 'EARR']],
    ['two sides in one name', ['left_right', 'right_left', 'l_r', 'r_l']],
    ['one side only', ['left_ear', 'paw_R']],
    ['different parts', ['left_ear', 'right_eye']],
    ['the side at another place', ['left_front_paw', 'front_right_paw']],
    ['two candidates for one', ['left_ear', 'leftEar', 'right_ear']],
  ])('never come from %s', (_, keypoints) => {
    const found = findSymmetry(keypoints);
    expect(found.pairs).toEqual([]);
    expect(found.warnings).toEqual([expect.stringContaining('none change places')]);
  });

  it('prefer the word to a letter', () => {
    expect(findSymmetry(['left_L', 'right_L', 'left_R', 'right_R']).pairs).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  it('come with a warning about a side that has no counterpart', () => {
    const { pairs, warnings } = findSymmetry(['left_ear', 'right_ear', 'left_paw']);
    expect(pairs).toEqual([[0, 1]]);
    expect(warnings).toEqual([expect.anything(), expect.stringMatching(/no counterpart.*: "left_paw"\.$/)]);
  });
});

describe('pairs of keypoints that the request names', () => {
  it('are taken as they are, without a word', () => {
    const keypoints = ['left_ear', 'right_ear', 'a', 'b'];
    expect(findSymmetry(keypoints, [['b', 'left_ear']])).toEqual({ pairs: [[3, 0]], warnings: [] });
    expect(findSymmetry(keypoints, [])).toEqual({ pairs: [], warnings: [] });
  });

  it('must be keypoints of the dataset', () => {
    expect(() => findSymmetry(['a', 'b'], [['a', 'c']])).toThrow(
      expect.objectContaining({
        code: 'labels_invalid',
        message: expect.stringContaining('"c"'),
        remedy: expect.stringContaining('"a", "b"'),
      }),
    );
  });
});
