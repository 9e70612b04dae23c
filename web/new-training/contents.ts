/**
 * What a folder or an archive holds, told by the names alone: enough to see before an hour of upload that the labels are missing, or which files
 * may be meant where there are several. What is really in it the service's check finds out.
 */

export interface Contents {
  files: number;
  pictures: number;
  videos: number;
  /** Paths of files that may hold labels. */
  labelFiles: string[];
}

const PICTURES = /\.(png|jpe?g|webp|tiff?|bmp)$/i;
const VIDEOS = /\.(mp4|avi|mov|mkv|m4v|webm|mpe?g|wmv)$/i;
const LABELS = /\.(csv|json|slp)$/i;
/** Beside labels of any format, and none themselves. */
const BESIDE = /(^|\/)(skeleton\.csv|groups\.csv|jobs\.ya?ml|training_config\.json|initial_config\.json)$/i;

export function contentsOf(paths: readonly string[]): Contents {
  const count = (pattern: RegExp) => paths.filter(path => pattern.test(path)).length;
  return {
    files: paths.length,
    pictures: count(PICTURES),
    videos: count(VIDEOS),
    labelFiles: paths.filter(path => LABELS.test(path) && !BESIDE.test(path)),
  };
}
