/**
 * The labels of an open .slp file, as SLEAP trains one animal on them: of each frame the first instance that a person placed or corrected
 * (type 0); predictions are no labels. Facts of the format: SLEAP's LabelsV1Adaptor and sleap-io's history of it, 1.0 to 2.8.
 *
 *   /metadata    attributes format_id and json: the skeletons
 *   /frames      video, frame_idx, and the range of its rows in /instances
 *   /instances   instance_type, skeleton, and the range of its rows in /points
 *   /points      x, y, visible: a row for each keypoint, in the skeleton's order
 *
 * Up to format 1.0 the corner of the first pixel is (0, 0), from 1.1 on its centre is. A point that is not visible is none, whatever its x and y.
 * What formats from 1.5 on add (masks, boxes, identities, events, 3D) lies in tables of its own and is left out.
 */
import { Group } from 'h5wasm';
import type { Skeleton } from '../../../src/contract/pose.ts';
import { AppError } from '../../../src/errors.ts';
import { damaged } from './slp-damage.ts';
import { attributeOf, jsonIn, type OpenSlp, Table } from './slp-hdf5.ts';
import { decodeSlpSkeleton } from './slp-skeleton.ts';
import { readVideos, type SlpVideo } from './slp-videos.ts';

export interface SlpLabels {
  /** null where no person placed any instance. */
  skeleton: Skeleton | null;
  /** By the number by which `frames` names them. */
  videos: Map<number, SlpVideo>;
  /** In the file's order; those with at least one visible point. `points` is [frames, K, 2], NaN: not visible. */
  frames: { video: Uint32Array; index: Float64Array; points: Float32Array };
  counts: SlpCounts;
}

export interface SlpCounts {
  /** Frames of the file. */
  frames: number;
  /** Of them, with predictions and no more. */
  predictedOnly: number;
  /** Of them, with an instance by a person, but without a visible point. */
  empty: number;
  /** Of them, labelled a second time. */
  repeated: number;
  /** Labelled frames with more than one instance by a person, and how many instances beyond the first they have. */
  crowded: number;
  others: number;
  /** Instances by a person that have another skeleton than the first one. */
  otherSkeleton: number;
}

const FIRST_UNREADABLE_FORMAT = 3;
const FIRST_FORMAT_WITH_PIXEL_CENTRES = 1.1;
const USER_INSTANCE = 0;
const MAX_FRAMES = 2 ** 24;
const MAX_COORDINATES = 2 ** 27;

/** @throws AppError labels_invalid. */
export function readLabels(open: OpenSlp): SlpLabels {
  const { name } = open;
  const { formatId, metadata } = readMetadata(open);
  const frames = new Table(open, 'frames', ['video', 'frame_idx', 'instance_id_start', 'instance_id_end']);
  if (frames.rows > MAX_FRAMES) throw damaged(name, `it claims to have ${frames.rows} frames`);
  const instances = new Instances(open, metadata, formatId);
  const counts = {
    frames: frames.rows,
    predictedOnly: 0,
    empty: 0,
    repeated: 0,
    crowded: 0,
    others: 0,
    otherSkeleton: 0,
  };
  const labelled = new LabelledRows();
  const named = new Set<number>();
  const seen = new Map<number, Set<number>>();
  for (let row = 0; row < frames.rows; row++) {
    const [video, index] = [frames.number(row, 0), frames.number(row, 1)];
    if (!(video >= 0 && Number.isSafeInteger(video) && index >= 0 && Number.isSafeInteger(index))) {
      throw damaged(name, `its frame in row ${row} has no number`);
    }
    named.add(video);
    const found = instances.of(frames.number(row, 2), frames.number(row, 3));
    counts.otherSkeleton += found.otherSkeleton;
    if (found.users === 0) {
      if (found.instances > 0 && found.otherSkeleton === 0) counts.predictedOnly++;
      continue;
    }
    const ofVideo = seen.get(video) ?? new Set();
    seen.set(video, ofVideo);
    if (found.points === null) counts.empty++;
    else if (ofVideo.has(index)) counts.repeated++;
    else {
      ofVideo.add(index);
      labelled.add(video, index, found.points);
      if (found.users > 1) counts.crowded++;
      counts.others += found.users - 1;
    }
  }
  const videos = readVideos(open, { named, wanted: labelled.videos }, formatId);
  return { skeleton: instances.skeleton, videos, frames: labelled.take(), counts };
}

function readMetadata(open: OpenSlp): { formatId: number; metadata: unknown } {
  const { file, name } = open;
  const group = file.get('metadata');
  const json = group instanceof Group ? attributeOf(group, 'json') : null;
  if (!(group instanceof Group) || json === null) {
    throw damaged(name, 'it lacks the description ("metadata") that SLEAP writes into its labels');
  }
  const formatId = Number(attributeOf(group, 'format_id') ?? 1);
  if (!(formatId < FIRST_UNREADABLE_FORMAT)) {
    throw new AppError(
      'labels_invalid',
      `${name} is of SLEAP's format ${formatId}, and formats 1.0 to 2.8 can be read.`,
      {
        remedy: 'Save it with SLEAP 1.4, or export a training package (.pkg.slp).',
      },
    );
  }
  const text = ArrayBuffer.isView(json) ? new TextDecoder().decode(json) : String(json);
  return { formatId, metadata: jsonIn(name, text, 'metadata') };
}

interface FoundInstances {
  /** All that the frame has. */
  instances: number;
  /** Of them, by a person and of the skeleton. */
  users: number;
  /** Of them, by a person and of another skeleton. */
  otherSkeleton: number;
  /** [K, 2] of the first of the users that has a visible point; null: none has. */
  points: Float32Array | null;
}

/** The instances of one frame after another. */
class Instances {
  skeleton: Skeleton | null = null;
  #skeletonIndex = -1;
  readonly #open: OpenSlp;
  readonly #metadata: unknown;
  readonly #rows: Table;
  readonly #points: Table;
  readonly #shift: number;
  #visited = 0;

  constructor(open: OpenSlp, metadata: unknown, formatId: number) {
    this.#open = open;
    this.#metadata = metadata;
    this.#rows = new Table(open, 'instances', ['instance_type', 'skeleton', 'point_id_start', 'point_id_end']);
    this.#points = new Table(open, 'points', ['x', 'y', 'visible']);
    this.#shift = formatId < FIRST_FORMAT_WITH_PIXEL_CENTRES ? -0.5 : 0;
  }

  of(start: number, end: number): FoundInstances {
    const found: FoundInstances = { instances: 0, users: 0, otherSkeleton: 0, points: null };
    // Each belongs to one frame.
    this.#visited += Math.max(0, end - start);
    if (!(start <= end && end <= this.#rows.rows && this.#visited <= this.#rows.rows)) {
      throw damaged(this.#open.name, 'its frames claim other instances than there are');
    }
    found.instances = end - start;
    for (let row = start; row < end; row++) {
      if (this.#rows.number(row, 0) !== USER_INSTANCE) continue;
      const index = this.#rows.number(row, 1);
      if (this.skeleton === null) {
        this.skeleton = decodeSlpSkeleton(this.#open.name, this.#metadata, index);
        this.#skeletonIndex = index;
      }
      if (index !== this.#skeletonIndex) {
        found.otherSkeleton++;
        continue;
      }
      found.users++;
      found.points ??= this.#pointsOf(row, this.skeleton.keypoints.length);
    }
    return found;
  }

  #pointsOf(row: number, keypoints: number): Float32Array | null {
    const [start, end] = [this.#rows.number(row, 2), this.#rows.number(row, 3)];
    if (end - start !== keypoints) {
      throw damaged(this.#open.name, `an instance has ${end - start} points, and its skeleton ${keypoints} keypoints`);
    }
    const points = new Float32Array(2 * keypoints).fill(NaN);
    let visible = false;
    for (let k = 0; k < keypoints; k++) {
      const [x, y] = [this.#points.number(start + k, 0), this.#points.number(start + k, 1)];
      if (this.#points.number(start + k, 2) === 0 || !Number.isFinite(x) || !Number.isFinite(y)) continue;
      points.set([x + this.#shift, y + this.#shift], 2 * k);
      visible = true;
    }
    return visible ? points : null;
  }
}

/** Labelled frames in arrays that grow: a million of them as objects would take gigabytes. */
class LabelledRows {
  readonly videos = new Set<number>();
  #video = new Uint32Array(64);
  #index = new Float64Array(64);
  #points = new Float32Array(1024);
  #count = 0;
  #coordinates = 0;

  add(video: number, index: number, points: Float32Array): void {
    if (this.#count === this.#video.length) {
      this.#video = doubled(this.#video, 2 * this.#count);
      this.#index = doubled(this.#index, 2 * this.#count);
    }
    const needed = this.#coordinates + points.length;
    if (needed > MAX_COORDINATES) throw new RangeError('The labels are too many for the memory.');
    if (needed > this.#points.length) this.#points = doubled(this.#points, Math.max(needed, 2 * this.#points.length));
    this.videos.add(video);
    this.#video[this.#count] = video;
    this.#index[this.#count++] = index;
    this.#points.set(points, this.#coordinates);
    this.#coordinates = needed;
  }

  take(): SlpLabels['frames'] {
    return {
      video: this.#video.slice(0, this.#count),
      index: this.#index.slice(0, this.#count),
      points: this.#points.slice(0, this.#coordinates),
    };
  }
}

function doubled<T extends Uint32Array | Float64Array | Float32Array>(array: T, length: number): T {
  const larger = new (array.constructor as new (length: number) => T)(length);
  larger.set(array);
  return larger;
}
