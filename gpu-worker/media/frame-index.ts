/**
 * The frame index: the times of all frames of a video in the order in which they are shown, and which of them are key frames.
 *
 * It comes from the container's packets, without decoding: frame i is the i-th by presentation time, and a decoded frame is known by
 * its time, wherever the decoder began. Packets that an edit list hides are left out. Where packets are no frames or have no times
 * there is no index: docs of the reasons are at `trustedIndex`. Numbers lie in shared memory, so threads get them without a copy.
 */
import { TextLines } from './text-lines.ts';

export interface FrameIndex {
  /** Presentation times in units of the time base, ascending, all different. */
  pts: Float64Array<SharedArrayBuffer>;
  /** Frame numbers, ascending. */
  keyFrames: Uint32Array<SharedArrayBuffer>;
  /** Seconds in a unit of `pts`. */
  unitSeconds: number;
  /** What players count as 0, in seconds of the same clock: the start of the file's earliest stream. */
  startSeconds: number;
  /** How far behind its time a key frame is to be sought for, seconds; below 0: before it. */
  aimSeconds: number;
}

/** What ffprobe says of a stream and its file. */
export interface StreamClock {
  codec: string;
  /** ffprobe's names, comma-separated. */
  container: string;
  /** A fraction such as `1/12800`. */
  timeBase: string;
  startSeconds: number | null;
  hasBFrames: boolean;
  interlaced: boolean;
}

/** Options of ffprobe for which PacketList reads what it writes. */
export const PACKET_OPTIONS = ['-select_streams', 'V:0', '-show_entries', 'packet=pts,flags', '-of', 'csv=p=0'];

/** Gathers packets as ffprobe writes them: nine bytes a packet at most, twice that while it grows. */
export class PacketList {
  /** Twice the time, plus 1 for a key frame: sorting numbers sorts both. */
  #packets = new Float64Array(1024);
  #count = 0;
  #withoutTime = 0;
  /** Packets that are decoded and not shown. */
  discarded = 0;
  readonly #lines = new TextLines(line => this.#add(line));

  /** Takes the next piece of ffprobe's text. */
  read(text: string): void {
    this.#lines.add(text);
  }

  #add(line: string): void {
    // Such as `1024,K_`; flags of ffmpeg 5.1: key frame, discarded.
    const comma = line.indexOf(',');
    if (comma < 0) return;
    if (line.includes('D', comma)) {
      this.discarded++;
      return;
    }
    const pts = Number(line.slice(0, comma));
    if (Number.isNaN(pts)) this.#withoutTime++;
    if (this.#count === this.#packets.length) {
      const larger = new Float64Array(2 * this.#count);
      larger.set(this.#packets);
      this.#packets = larger;
    }
    this.#packets[this.#count++] = 2 * pts + (line[comma + 1] === 'K' ? 1 : 0);
  }

  /** @returns null where packets do not tell the frames. */
  index(clock: StreamClock): FrameIndex | null {
    if (this.#count === 0 || this.#withoutTime > 0) return null;
    const packets = this.#packets.subarray(0, this.#count).sort();
    const pts = new Float64Array(new SharedArrayBuffer(8 * packets.length));
    let keys = 0;
    packets.forEach((packet, i) => {
      pts[i] = Math.floor(packet / 2);
      keys += packet - 2 * pts[i]!;
    });
    const keyFrames = new Uint32Array(new SharedArrayBuffer(4 * keys));
    for (let i = 0, at = 0; i < packets.length; i++) if (packets[i]! > 2 * pts[i]!) keyFrames[at++] = i;
    return trustedIndex({ pts, keyFrames }, clock);
  }
}

/**
 * No index of: avi, whose times only count its chunks, those of dropped frames among them; interlaced video, which may have two packets
 * a frame; equal times; VP8 with hidden frames, whose packets come with the time of the next frame or a millisecond beside it.
 */
function trustedIndex(frames: Pick<FrameIndex, 'pts' | 'keyFrames'>, clock: StreamClock): FrameIndex | null {
  const [numerator = 0, denominator = 0] = clock.timeBase.split('/').map(Number);
  const unitSeconds = numerator / denominator;
  if (clock.container === 'avi' || clock.interlaced || !(unitSeconds > 0 && unitSeconds < 1e9)) return null;
  const { least } = intervals(frames.pts);
  if (least <= 0 || (clock.codec === 'vp8' && least * unitSeconds < 0.0025)) return null;
  return { ...frames, unitSeconds, startSeconds: clock.startSeconds ?? 0, aimSeconds: aimOf(clock) };
}

/**
 * ffmpeg seeks a seventh of a second too early where a codec reorders frames, except in mp4 and its kin (ffmpeg 5.1, ffmpeg_opt.c:
 * 3/23 s). Containers without a table of key frames are aimed at well before: what comes out too early is dropped by its number.
 */
function aimOf({ container, hasBFrames }: StreamClock): number {
  if (container.startsWith('mov,')) return 0;
  if (container.startsWith('matroska,')) return hasBFrames ? 3 / 23 : 0;
  return -0.5;
}

function intervals(pts: Float64Array): { least: number; most: number } {
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (let i = 1; i < pts.length; i++) {
    const interval = pts[i]! - pts[i - 1]!;
    if (interval < least) least = interval;
    if (interval > most) most = interval;
  }
  return { least, most };
}

/** Whether frames come at uneven intervals, by more than the rounding of the container's clock. */
export function isVariableRate({ pts }: FrameIndex): boolean {
  const { least, most } = intervals(pts);
  return most - least > 1;
}

/** The last key frame at or before the frame; 0 where there is none, since decoding then begins at the start of the file. */
export function keyFrameBefore({ keyFrames }: FrameIndex, frame: number): number {
  const after = firstAbove(keyFrames, frame);
  return after === 0 ? 0 : keyFrames[after - 1]!;
}

/** The first key frame at or behind the frame; Infinity where there is none. */
export function keyFrameFrom({ keyFrames }: FrameIndex, frame: number): number {
  return keyFrames[firstAbove(keyFrames, frame - 1)] ?? Number.POSITIVE_INFINITY;
}

/** The number of the frame of this time; null where there is none. @param near where to look first. */
export function frameAt({ pts }: FrameIndex, time: number, near: number): number | null {
  if (pts[near] === time) return near;
  const frame = firstAbove(pts, time) - 1;
  return pts[frame] === time ? frame : null;
}

/** Seconds from the start of the file, as players count. */
export function secondsOf({ pts, unitSeconds, startSeconds }: FrameIndex, frame: number): number {
  return pts[frame]! * unitSeconds - startSeconds;
}

/** What to give ffmpeg's `-ss`, so that it lands on this key frame: between it and the next frame, for it rounds to microseconds. */
export function seekSeconds(index: FrameIndex, keyFrame: number): number {
  const next = Math.min(keyFrame + 1, index.pts.length - 1);
  return (secondsOf(index, keyFrame) + secondsOf(index, next)) / 2 + index.aimSeconds;
}

/** How many of the ascending numbers are at most `limit`. */
function firstAbove(ascending: Float64Array | Uint32Array, limit: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
