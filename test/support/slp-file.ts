/**
 * Writes .slp files as SLEAP and sleap-io do: labels with videos, with lists of images, and packages with embedded frames.
 *
 * h5wasm cannot write lists of any length (how SLEAP 1.3 embeds frames) nor booleans, which are bytes here.
 */
import type { Dataset, File, Group } from 'h5wasm';
import { withHdf5File } from '../../gpu-worker/model/hdf5-file.ts';

interface SlpInstance {
  /** [x, y] of each keypoint; null: not visible. */
  points: ([number, number] | null)[];
  predicted?: boolean;
  skeleton?: number;
}

export type SlpVideoSource =
  | { filename: string; grayscale?: boolean; dataset?: string }
  | { filenames: string[] }
  | {
      /** Encoded images, a row each. */
      images: Uint8Array[];
      frameNumbers?: number[];
      /** padded: rows of one length, as SLEAP 1.4; joined: one after another, as sleap-io.js. */
      layout?: 'padded' | 'joined';
      channelOrder?: 'RGB' | 'BGR';
      /** The video they were taken from. */
      takenFrom?: string;
      /** Of its group, which need not be its place in the list. */
      number?: number;
    }
  | {
      /** Rows of pixels, one after another; shape as in the file, rows first. */
      raw: Uint8Array;
      shape: [number, number, number, number];
      channelsFirst?: boolean;
      frameNumbers?: number[];
    };

export interface SlpContent {
  formatId?: number;
  keypoints?: string[];
  /** Numbers of keypoints. */
  edges?: [number, number][];
  symmetries?: [number, number][];
  /** Instead of the skeletons that `keypoints` describe; a text is written as it is. */
  metadata?: unknown;
  /** Of the tables. */
  without?: readonly string[];
  videos: SlpVideoSource[];
  frames: { video?: number; index: number; instances: SlpInstance[] }[];
  /** Called with the open file at the end. */
  change?: (file: File) => void;
}

type Columns = Record<string, [type: string, value: (row: number) => number]>;

const EDGE_TYPES = { body: 1, symmetry: 2 };

/** @returns the path. */
export async function writeSlp(hostPath: string, content: SlpContent): Promise<string> {
  const { formatId = 1.4, keypoints = ['nose', 'tail'], videos, frames } = content;
  const metadata = content.metadata ?? metadataOf({ ...content, keypoints });
  await withHdf5File(hostPath, 'w', file => {
    const group = file.create_group('metadata');
    group.create_attribute('format_id', formatId, [], '<d');
    const json = typeof metadata === 'string' ? metadata : JSON.stringify(metadata);
    group.create_attribute('json', json, [], `S${Buffer.byteLength(json)}`);
    writeTexts(
      file,
      'videos_json',
      videos.map((video, i) => JSON.stringify(writeVideo(file, video, i))),
    );
    writeTables(file, frames, content.without ?? []);
    content.change?.(file);
  });
  return hostPath;
}

function metadataOf({ keypoints = [], edges = [], symmetries = [] }: SlpContent): object {
  const link = ([source, target]: [number, number], type: object) => ({ key: 0, source, target, type });
  const typeOf = (value: number) => ({
    'py/reduce': [{ 'py/type': 'sleap.skeleton.EdgeType' }, { 'py/tuple': [value] }],
  });
  const drawn = edges.map((ends, i) => ({
    edge_insert_idx: i,
    ...link(ends, i === 0 ? typeOf(EDGE_TYPES.body) : { 'py/id': 1 }),
  }));
  const mirrored = symmetries.flatMap(([a, b], i) => {
    const known = { 'py/id': edges.length > 0 ? 2 : 1 };
    return [link([a, b], i === 0 ? typeOf(EDGE_TYPES.symmetry) : known), link([b, a], known)];
  });
  const skeleton = {
    directed: true,
    graph: { name: 'Skeleton-0', num_edges_inserted: edges.length },
    links: [...drawn, ...mirrored],
    multigraph: true,
    nodes: keypoints.map((_, id) => ({ id })),
  };
  const nodes = keypoints.map(name => ({ name, weight: 1 }));
  return { version: '2.0.0', skeletons: [skeleton], nodes, videos: [], tracks: [], suggestions: [], provenance: {} };
}

/** @returns the video's JSON. */
function writeVideo(file: File, video: SlpVideoSource, i: number): object {
  if ('filename' in video) {
    const { filename, grayscale = false, dataset = '' } = video;
    return { backend: { filename, grayscale, bgr: true, dataset, input_format: '' } };
  }
  if ('filenames' in video) {
    return { backend: { filename: video.filenames[0], filenames: video.filenames, grayscale: false } };
  }
  const name = `video${('number' in video && video.number) || i}`;
  const group = file.create_group(name);
  const { frameNumbers } = video;
  if (frameNumbers) {
    const data = BigInt64Array.from(frameNumbers, BigInt);
    group.create_dataset({ name: 'frame_numbers', data, shape: [frameNumbers.length], dtype: '<q' });
  }
  const backend = { filename: '.', dataset: `${name}/video`, input_format: 'channels_last', convert_range: false };
  if ('raw' in video) {
    group.create_dataset({ name: 'video', data: video.raw, shape: video.shape, dtype: '<B' });
    videoOf(group).create_attribute('format', 'hdf5');
    return { backend: { ...backend, input_format: video.channelsFirst ? 'channels_first' : 'channels_last' } };
  }
  const { images, layout = 'padded', channelOrder, takenFrom } = video;
  if (layout === 'padded') {
    const width = Math.max(...images.map(image => image.length));
    const data = new Int8Array(width * images.length);
    for (const [row, image] of images.entries()) data.set(image, width * row);
    group.create_dataset({ name: 'video', data, shape: [images.length, width], dtype: '<b' });
  } else {
    const data = new Uint8Array(Buffer.concat(images));
    group.create_dataset({ name: 'video', data, shape: [data.length], dtype: '<B' });
    const sizes = Int32Array.from(images, image => image.length);
    group.create_dataset({ name: 'frame_sizes', data: sizes, shape: [sizes.length], dtype: '<i' });
  }
  videoOf(group).create_attribute('format', 'png');
  if (channelOrder) videoOf(group).create_attribute('channel_order', channelOrder);
  if (takenFrom !== undefined) {
    const source = group.create_group('source_video');
    source.create_attribute('json', JSON.stringify({ backend: { filename: takenFrom, grayscale: false } }));
  }
  return { backend };
}

const videoOf = (group: Group) => group.get('video') as Dataset;

function writeTables(file: File, frames: SlpContent['frames'], without: readonly string[]): void {
  const instances = frames.flatMap(frame => frame.instances);
  const user = instances.filter(({ predicted }) => !predicted).flatMap(({ points }) => points);
  const predicted = instances.filter(each => each.predicted).flatMap(({ points }) => points);
  const next = { user: 0, predicted: 0 };
  const starts = instances.map(instance => {
    const kind = instance.predicted ? 'predicted' : 'user';
    next[kind] += instance.points.length;
    return next[kind] - instance.points.length;
  });
  const ends = frames.map((_, i) => frames.slice(0, i + 1).reduce((sum, each) => sum + each.instances.length, 0));
  const write = (name: string, rows: number, columns: Columns) =>
    without.includes(name) || writeTable(file, name, rows, columns);
  write('frames', frames.length, {
    frame_id: ['<Q', i => i],
    video: ['<I', i => frames[i]!.video ?? 0],
    frame_idx: ['<Q', i => frames[i]!.index],
    instance_id_start: ['<Q', i => ends[i]! - frames[i]!.instances.length],
    instance_id_end: ['<Q', i => ends[i]!],
  });
  write('instances', instances.length, {
    instance_id: ['<q', i => i],
    instance_type: ['<B', i => Number(instances[i]!.predicted ?? false)],
    frame_id: ['<Q', i => ends.findIndex(end => i < end)],
    skeleton: ['<I', i => instances[i]!.skeleton ?? 0],
    track: ['<i', () => -1],
    from_predicted: ['<q', () => -1],
    score: ['<f', () => 0],
    point_id_start: ['<Q', i => starts[i]!],
    point_id_end: ['<Q', i => starts[i]! + instances[i]!.points.length],
    tracking_score: ['<f', () => 0],
  });
  write('points', user.length, pointColumns(user));
  write('pred_points', predicted.length, pointColumns(predicted));
}

function pointColumns(points: SlpInstance['points']): Columns {
  return {
    x: ['<d', i => points[i]?.[0] ?? NaN],
    y: ['<d', i => points[i]?.[1] ?? NaN],
    visible: ['<B', i => Number(points[i] !== null)],
    complete: ['<B', () => 0],
  };
}

/** Each column has a type and what gives the value of a row. */
function writeTable(file: File, name: string, rows: number, columns: Columns): void {
  const entries = Object.entries(columns);
  const data = new Map(
    entries.map(([column, [type, value]]) => {
      const numbers = Array.from({ length: rows }, (_, row) => value(row));
      return [column, /[qQ]/.test(type) ? numbers.map(BigInt) : numbers];
    }),
  );
  const dtype = entries.map(([column, [type]]): [string, string] => [column, type]);
  file.create_dataset({ name, data: data as never, shape: [rows], dtype: dtype as never });
}

/** Bytes of one length; where there are none, an empty list of numbers, as SLEAP has them. */
function writeTexts(file: File, name: string, texts: string[]): void {
  if (texts.length === 0) {
    file.create_dataset({ name, data: new Float64Array(0), shape: [0], dtype: '<d' });
    return;
  }
  const width = Math.max(...texts.map(text => Buffer.byteLength(text)));
  file.create_dataset({ name, data: texts, shape: [texts.length], dtype: `S${width}` });
}
