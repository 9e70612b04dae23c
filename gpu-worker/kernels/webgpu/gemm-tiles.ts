/**
 * Which tile of results a workgroup of implicit-gemm.ts makes, and how many workgroups share K.
 *
 * A tile is worth the product of three shares: how much of it lies inside of C; how much of a workgroup's time is arithmetic (a number that is fetched costs
 * about eight multiply-adds of a thread: index, bounds, two copies); how much of a large GPU the workgroups fill, sharing K where it is long.
 * The estimate knows no measured speeds: neither the eight nor the shapes were tuned on a GPU.
 */

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
/** Enough workgroups to keep a large GPU busy: two for each of an H100's 132 processors. */
const ENOUGH_WORKGROUPS = 264;
/** Shorter shares of K cost more in partial sums than they gain. */
const LEAST_K_PER_PART = 256;
const MOST_PARTS = 512;
const MOST_TK = 16;

/** At most 256 threads and 16 KiB of workgroup memory, which every WebGPU device has. */
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

/** @param m, n, k of the product C [m, n] = A [m, k] B [k, n] @param layers products side by side. */
export function chooseTile(m: number, n: number, k: number, layers = 1): Tile {
  const worth = ({ tm, tn }: Omit<Tile, 'tk'>) => {
    const inside = (m * n) / (tilesOf(m, n, tm, tn) * tm * tn);
    const arithmetic = (tm * tn) / (tm * tn + FETCH_COST * (tm + tn));
    const workgroups = tilesOf(m, n, tm, tn) * (layers === 1 ? mostParts(k) : layers);
    return inside * arithmetic * Math.min(1, workgroups / ENOUGH_WORKGROUPS);
  };
  const best = TILES.reduce((a, b) => (worth(b) > worth(a) ? b : a));
  return { ...best, tk: Math.min(MOST_TK, 4 * Math.ceil(k / 4)) };
}

/** How many workgroups should share K. */
export function chooseParts(m: number, n: number, k: number): number {
  const { tm, tn } = chooseTile(m, n, k);
  const wanted = Math.floor((2 * ENOUGH_WORKGROUPS) / tilesOf(m, n, tm, tn));
  return Math.max(1, Math.min(wanted, mostParts(k)));
}

const tilesOf = (m: number, n: number, tm: number, tn: number) => Math.ceil(m / tm) * Math.ceil(n / tn);

const mostParts = (k: number) => Math.max(1, Math.min(MOST_PARTS, Math.floor(k / LEAST_K_PER_PART)));
