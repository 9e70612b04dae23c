/** Makes the video of a soak in a thread of its own, whose memory is gone before anything is measured. */
import { workerData } from 'node:worker_threads';
import { convertVideo, encodeVideo } from '../../demo/encode-video.ts';
import { answer } from '../../gpu-worker/media/answer.ts';
import { drawnFrames } from './video-pipeline.ts';

export interface FilmJob {
  path: string;
  widthPx: number;
  heightPx: number;
  /** Drawn ones, which come `loops` times behind each other. */
  frames: number;
  loops: number;
}

const { path, widthPx, heightPx, frames, loops }: FilmJob = workerData;
await answer(async (): Promise<null> => {
  const short = `${path}.short.mp4`;
  const pictures = drawnFrames(widthPx, heightPx, frames);
  await encodeVideo(short, { widthPx, heightPx, frames: pictures, fps: 100, codec: 'h264' });
  await convertVideo(short, path, ['-c', 'copy'], ['-stream_loop', String(loops - 1)]);
  return null;
});
