/** The units of a residual network, stage after stage: the first one of each stage but the first halves the resolution. */

export interface Unit {
  /** Both counted from 1. */
  stage: number;
  unit: number;
  strides: 1 | 2;
}

/** @param counts units of each stage. */
export function unitsOf(counts: readonly number[]): Unit[] {
  return counts.flatMap((count, i) =>
    Array.from({ length: count }, (_, j): Unit => ({ stage: i + 1, unit: j + 1, strides: i > 0 && j === 0 ? 2 : 1 })),
  );
}
