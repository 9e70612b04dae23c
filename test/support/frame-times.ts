/** When a video's frames are shown and how it is encoded, as ffprobe tells it: not by the decoder that is under test. */
import { compileFfmpeg, loadFfmpeg } from '../../gpu-worker/media/ffmpeg.ts';
import { mountHostFile } from '../../gpu-worker/media/host-file.ts';

export interface Probed {
  /** In seconds, one a frame that is shown, in the order of showing. */
  times: number[];
  durationSeconds: number;
  profile: string;
  /** Ten times the H.264 level. */
  level: number;
}

export async function probeTimes(path: string): Promise<Probed> {
  const core = await loadFfmpeg(await compileFfmpeg());
  const close = mountHostFile(core.FS, 'in', path);
  try {
    const entries = 'frame=pts_time:stream=profile,level:format=duration';
    core.ffprobe('-v', 'error', '-show_entries', entries, '-print_format', 'json', '-i', '/in', '-o', '/out');
    const { frames, streams, format } = JSON.parse(new TextDecoder().decode(core.FS.readFile('/out')));
    return {
      times: frames.map(({ pts_time }: { pts_time: string }) => Number(pts_time)),
      durationSeconds: Number(format.duration),
      profile: streams[0].profile,
      level: streams[0].level,
    };
  } finally {
    close();
  }
}
