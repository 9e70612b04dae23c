/** What every reader of a dataset format gets and gives, so that training and check need not know which one it was. */
import type { DatasetFormat } from '../../../src/contract/dataset.ts';
import type { Skeleton } from '../../../src/contract/pose.ts';

/** An unpacked dataset. */
export interface DatasetFolder {
  /** Where it lies on this machine. */
  folder: string;
  /** Its files, relative, with `/`, sorted. */
  files: readonly { path: string; sizeBytes: number }[];
}

export interface ReadSettings {
  /** An empty folder of this machine, for frames taken out of a package or a video. */
  framesDir: string;
  /** MAX_ARCHIVE_BYTES: most bytes that may be written into it. */
  maxFramesBytes: number;
  /** MAX_IMAGE_SIDE_PX. */
  maxSidePx: number;
  /** Called after each frame that was taken out; may throw to leave. */
  onFrame?(done: number, total: number): void | Promise<void>;
  signal?: AbortSignal;
}

export interface LabelledFrame {
  /** Where the image is on this machine. */
  imagePath: string;
  /** The image's path within the dataset, with `/`; of a frame of a video or package, "video.mp4, frame 12". */
  imageName: string;
  /** What its frames stay together by in a split: the folder the labels name for it, or else the one it lies in, or the video; '' for none. */
  videoName: string;
  /** [K, 2] x and y in original pixels; NaN: not visible. */
  points: Float32Array;
}

export interface LabelledDataset {
  format: DatasetFormat;
  /** The label files within the dataset that were read; several where a format keeps one for each video. */
  labelFiles: string[];
  /** `symmetries` is absent where the format has no word for them. */
  skeleton: Skeleton;
  /** Those with at least one visible point. */
  frames: LabelledFrame[];
  /** Frames the labels speak of, those without a point included. */
  namedFrames: number;
  /** Sentences for the user about what was left out or guessed. */
  warnings: string[];
}
