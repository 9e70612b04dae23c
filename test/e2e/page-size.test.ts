/** What a visitor loads before anything moves. TensorFlow.js, ffmpeg and libarchive come when somebody presses for them. */
import { expect, it } from 'vitest';
import { pageSizes } from '../support/page-sizes.ts';

const MOST_BYTES = 150_000;

it('the page with any of its views takes less than 150 kB, gzipped', () => {
  const { frameBytes, viewBytes } = pageSizes();
  expect(Object.keys(viewBytes).length).toBeGreaterThan(8);
  for (const [view, bytes] of Object.entries(viewBytes)) {
    expect(bytes, view).toBeGreaterThan(frameBytes);
    expect(bytes, view).toBeLessThan(MOST_BYTES);
  }
});
