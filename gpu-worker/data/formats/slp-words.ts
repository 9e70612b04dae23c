/** What a user is told of labels that were left out of a .slp file, or why nothing is left. */
import { AppError } from '../../../src/errors.ts';
import type { SlpCounts } from './slp-labels.ts';

/** @param labelled frames that are used. */
export function labelWarnings(path: string, counts: SlpCounts, labelled: number): string[] {
  const { predictedOnly, empty, repeated, crowded, others, otherSkeleton } = counts;
  const warnings: string[] = [];
  const warn = (count: number, sentence: string) => {
    if (count > 0) warnings.push(sentence);
  };
  warn(
    predictedOnly,
    `${frames(predictedOnly)} of ${path} with predictions only: left out, since no person labelled them.`,
  );
  warn(empty, `${frames(empty)} of ${path} with an animal that has no visible point: left out.`);
  warn(repeated, `${frames(repeated)} of ${path} labelled a second time: only the first labels are used.`);
  warn(
    crowded,
    `${crowded} of ${labelled} labelled frames of ${path} have several animals: the first of each is used, ${others} more ${others === 1 ? 'was' : 'were'} left out.`,
  );
  warn(
    otherSkeleton,
    `${path} has several skeletons: that of its first labelled animal is used, and ${otherSkeleton} labelled ${otherSkeleton === 1 ? 'animal' : 'animals'} with another one left out.`,
  );
  return warnings;
}

/** For a file in which no person placed a point. */
export function noLabels(path: string, { frames: total, predictedOnly, empty }: SlpCounts): AppError {
  const what =
    total === 0
      ? 'has no labelled frames'
      : predictedOnly > 0 && empty === 0
        ? `holds predictions only, in ${frames(predictedOnly)}`
        : `has ${frames(total)}, but no visible point placed by a person`;
  return new AppError('no_labelled_frames', `${path} ${what}: there is nothing to train on.`, {
    remedy: 'Label at least one frame in SLEAP, or correct a prediction there, and save it.',
  });
}

/** For labels without any image. @param warnings that say why. */
export function noFrames(path: string, warnings: readonly string[]): AppError {
  return new AppError(
    'image_missing',
    `There is no image for any labelled frame of ${path}. ${warnings.join(' ')}`.trim(),
    {
      remedy:
        'Send the video or the images that were labelled, or export the training package (.pkg.slp) from SLEAP again.',
    },
  );
}

function frames(count: number): string {
  return `${count} ${count === 1 ? 'frame' : 'frames'}`;
}
