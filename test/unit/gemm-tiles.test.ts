/** How products are cut into tiles: whatever their size, on the smallest device as on a large one. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { tiling } from '../../gpu-worker/kernels/webgpu/gemm-tiles.ts';

const limits = (threads: number, bytes: number) =>
  ({ maxComputeInvocationsPerWorkgroup: threads, maxComputeWorkgroupStorageSize: bytes }) as GPUSupportedLimits;
/** What every WebGPU device has. */
const LEAST = limits(256, 16_384);
const LARGE = limits(1024, 49_152);

const size = fc.record({
  m: fc.integer({ min: 1, max: 2 ** 23 }),
  n: fc.integer({ min: 1, max: 2048 }),
  k: fc.integer({ min: 1, max: 2 ** 23 }),
  layers: fc.constantFrom(1, 4),
});

it('a tile fits the device, and parts of K are shared only where K is long', () => {
  fc.assert(
    fc.property(size, fc.constantFrom(LEAST, LARGE), (product, device) => {
      const { tile, parts } = tiling(product, device);
      const { tm, tn, tk, rm, rn } = tile;
      expect((tm / rm) * (tn / rn)).toBeLessThanOrEqual(device.maxComputeInvocationsPerWorkgroup);
      expect(4 * tk * (tm + tn)).toBeLessThanOrEqual(device.maxComputeWorkgroupStorageSize);
      expect(tk % 4).toBe(0);
      expect(parts).toBeGreaterThanOrEqual(1);
      if (parts > 1) expect(product.k / parts).toBeGreaterThanOrEqual(256);
      if (product.layers > 1) expect(parts).toBe(1);
    }),
  );
});

it('a large product gets large tiles, a narrow one narrow ones, and a filter gradient many workgroups', () => {
  expect(tiling({ m: 2 ** 18, n: 256, k: 2304 }, LARGE)).toMatchObject({ tile: { tm: 128, tn: 128 }, parts: 1 });
  expect(tiling({ m: 2 ** 20, n: 16, k: 144 }, LARGE).tile.tn).toBe(16);
  const { tile, parts } = tiling({ m: 144, n: 16, k: 2 ** 20 }, LARGE);
  expect(parts * Math.ceil(144 / tile.tm) * Math.ceil(16 / tile.tn)).toBeGreaterThanOrEqual(264);
});
