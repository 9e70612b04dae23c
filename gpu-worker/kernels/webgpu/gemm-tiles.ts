/**
 * Which tile of results a workgroup of implicit-gemm.ts makes, and how many workgroups share K.
 *
 * A tile is worth the product of three shares: how much of it lies inside of C; how much of a workgroup's time is arithmetic (a number that is fetched costs
 * about eight multiply-adds of a thread: index, bounds, two copies); how much of a large GPU the workgroups fill, sharing K where it is long.
 * The estimate knows no measured speeds: neither the eight nor the shapes were tuned on a GPU.
 */
import { PROCESSORS } from './dispatch.ts';

export interface Tile {
  /** Rows, columns and steps along K. */
  tm: number;
  tn: number;
  tk: number;
  /** Rows and columns of one thread. */
  rm: number;
  rn: number;
}

/** What fetching one number costs beside a multiply-add. */
const FETCH_COST = 8;
/** Two for each processor keep a large GPU busy. */
const ENOUGH_WORKGROUPS = 2 * PROCESSORS;
/** Shorter shares of K cost more in partial sums than they gain. */
const LEAST_K_PER_PART = 256;
const MOST_PARTS = 512;
const MOST_TK = 16;

const TILES: Omit<Tile, 'tk'>[] = [
  { tm: 128, tn: 128, rm: 8, rn: 8 },
  { tm: 128, tn: 64, rm: 8, rn: 8 },
  { tm: 64, tn: 64, rm: 8, rn: 4 },
  { tm: 128, tn: 32, rm: 8, rn: 4 },
  { tm: 64, tn: 32, rm: 4, rn: 4 },
  { tm: 128, tn: 16, rm: 8, rn: 4 },
  { tm: 64, tn: 16, rm: 4, rn: 4 },
  { tm: 32, tn: 32, rm: 4, rn: 4 },
];

/** What of a product its tiling depends on: C [m, n] = A [m, k] B [k, n]. */
export interface ProductSize {
  m: number;
  n: number;
  k: number;
  /** Products side by side; K is shared by one workgroup only when there is more than one. */
  layers?: number;
}

/**
 * The tile of a product and how many workgroups share its K, on a device of these limits.
 * @param bytesOf workgroup memory that a tile takes; default: that of gemm-registers.ts.
 */
export function tiling(
  { m, n, k, layers = 1 }: ProductSize,
  limits: GPUSupportedLimits,
  bytesOf: (tile: Pick<Tile, 'tm' | 'tn'>) => number = registerBytes,
): { tile: Tile; parts: number } {
  const mostParts = layers > 1 ? 1 : Math.max(1, Math.min(MOST_PARTS, Math.floor(k / LEAST_K_PER_PART)));
  const count = ({ tm, tn }: Omit<Tile, 'tk'>) => Math.ceil(m / tm) * Math.ceil(n / tn);
  const worth = (tile: Omit<Tile, 'tk'>) => {
    const { tm, tn } = tile;
    const inside = (m * n) / (count(tile) * tm * tn);
    const arithmetic = (tm * tn) / (tm * tn + FETCH_COST * (tm + tn));
    return inside * arithmetic * Math.min(1, (count(tile) * layers * mostParts) / ENOUGH_WORKGROUPS);
  };
  const best = TILES.filter(tile => fits(tile, limits, bytesOf(tile))).reduce((a, b) => (worth(b) > worth(a) ? b : a));
  const wanted = Math.floor((2 * ENOUGH_WORKGROUPS) / count(best));
  return {
    tile: { ...best, tk: Math.min(MOST_TK, 4 * Math.ceil(k / 4)) },
    parts: Math.max(1, Math.min(wanted, mostParts)),
  };
}

/** Each line may be four numbers longer than the tile (gemm-fetch.ts). */
const registerBytes = ({ tm, tn }: Pick<Tile, 'tm' | 'tn'>) => 4 * MOST_TK * (tm + tn + 8);

/** The smaller tiles fit every WebGPU device: 256 threads, 16 KiB. */
function fits({ tm, tn, rm, rn }: Omit<Tile, 'tk'>, limits: GPUSupportedLimits, bytes: number): boolean {
  const threads = (tm / rm) * (tn / rn);
  return threads <= limits.maxComputeInvocationsPerWorkgroup && bytes <= limits.maxComputeWorkgroupStorageSize;
}
