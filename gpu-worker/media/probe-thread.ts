/**
 * The thread behind probeVideo(): one run of ffprobe.
 *
 * ffprobe's return value is always -1 here and it may crash on damaged files, so only its JSON counts; what it printed explains
 * why there is none. Fields: ffmpeg's documentation of ffprobe, `rotation` is counterclockwise.
 */
import { statSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { z } from 'zod';
import type { VideoInfo } from '../../src/contract/inference.ts';
import { AppError } from '../../src/errors.ts';
import { INPUT_NAME, loadFfmpeg, runToEnd } from './ffmpeg.ts';
import { mountHostFile } from './host-file.ts';
import { answer } from './thread.ts';
import type { ProbeJob } from './video.ts';

const streamSchema = z.object({
  codec_type: z.string().optional(),
  codec_name: z.string().optional(),
  codec_tag_string: z.string().optional(),
  width: z.number().default(0),
  height: z.number().default(0),
  avg_frame_rate: z.string().default('0/0'),
  r_frame_rate: z.string().default('0/0'),
  nb_frames: z.coerce.number().optional(),
  duration: z.coerce.number().optional(),
  disposition: z.object({ attached_pic: z.number(), timed_thumbnails: z.number() }).optional(),
  side_data_list: z.array(z.object({ rotation: z.number().optional() })).default([]),
});
const probeSchema = z.object({ streams: z.array(streamSchema).default([]) });
type Stream = z.infer<typeof streamSchema>;

const { path, program }: ProbeJob = workerData;
await answer(async (): Promise<VideoInfo> => {
  if (statSync(path).size === 0) throw new AppError('video_invalid', 'The video is an empty file (0 bytes).');
  const { streams, complaints } = await ffprobeStreams();
  const stream = streams.find(isVideo);
  if (!stream) throw noVideo(streams, complaints);
  if (stream.codec_name === undefined || stream.codec_name === 'av1') throw unsupported(stream);
  if (stream.width < 1 || stream.height < 1) throw notReadable(complaints);
  const rotationDegrees = rotationOf(stream);
  const upright = rotationDegrees % 180 === 0;
  return {
    widthPx: upright ? stream.width : stream.height,
    heightPx: upright ? stream.height : stream.width,
    fps: rate(stream.avg_frame_rate) ?? rate(stream.r_frame_rate),
    frames: await countFrames(stream),
    codec: stream.codec_name,
    rotationDegrees,
    variableRate: null,
  };
});

async function ffprobeStreams(): Promise<{ streams: Stream[]; complaints: string[] }> {
  const { output, complaints } = await ffprobe('-show_streams', '-print_format', 'json');
  try {
    return { streams: probeSchema.parse(JSON.parse(output)).streams, complaints };
  } catch (error) {
    throw notReadable(complaints, error);
  }
}

/** Runs ffprobe on the file. @returns what it wrote ('' if it died) and what it complained about. */
async function ffprobe(...options: string[]): Promise<{ output: string; complaints: string[] }> {
  const complaints: string[] = [];
  const core = await loadFfmpeg(program, line => complaints.push(line));
  const close = mountHostFile(core.FS, INPUT_NAME, path);
  const { crash } = runToEnd(() => core.ffprobe('-v', 'error', ...options, '-i', `/${INPUT_NAME}`, '-o', '/out'));
  if (crash) complaints.push(crash);
  close();
  const output = core.FS.analyzePath('/out').exists ? new TextDecoder().decode(core.FS.readFile('/out')) : '';
  return { output, complaints };
}

/** Cover pictures of audio files are no video; ffmpeg's stream specifier `V` sees it alike. */
function isVideo(stream: Stream): boolean {
  const { attached_pic = 0, timed_thumbnails = 0 } = stream.disposition ?? {};
  return stream.codec_type === 'video' && attached_pic === 0 && timed_thumbnails === 0;
}

/** Clockwise quarter turns that show the picture upright. */
function rotationOf({ side_data_list }: Stream): number {
  const counterclockwise = side_data_list.find(data => data.rotation !== undefined)?.rotation ?? 0;
  return (((Math.round(-counterclockwise / 90) * 90) % 360) + 360) % 360;
}

/** A rational such as `30000/1001`; null for `0/0`. */
function rate(text: string): number | null {
  const [numerator = 0, denominator = 0] = text.split('/').map(Number);
  return numerator > 0 && denominator > 0 ? numerator / denominator : null;
}

/**
 * Frames the container claims to hold. An mp4 that was cut without re-encoding still counts the frames its edit list hides; then
 * frames and duration disagree, and its packets are counted, which reads the file once.
 */
async function countFrames({ nb_frames, duration, avg_frame_rate }: Stream): Promise<number | null> {
  if (!nb_frames) return null;
  const fps = rate(avg_frame_rate);
  if (!duration || !fps || Math.abs(duration * fps - nb_frames) < 1) return nb_frames;
  const { output } = await ffprobe('-select_streams', 'V:0', '-show_entries', 'packet=flags', '-of', 'csv=p=0');
  return nb_frames - output.split('\n').filter(flags => flags.includes('D')).length;
}

function noVideo(streams: Stream[], complaints: string[]): AppError {
  if (streams.some(stream => stream.codec_type === 'audio')) {
    return new AppError('video_invalid', 'The file has no video stream, only audio.');
  }
  return notReadable(complaints);
}

function notReadable(complaints: string[], cause?: unknown): AppError {
  if (complaints.some(line => line.includes('moov atom not found'))) {
    return new AppError(
      'video_invalid',
      'The video was cut short: its index (the "moov atom" at its end) is missing.',
      {
        remedy: 'Upload the whole file; a recording that was interrupted must be repaired first.',
        cause,
      },
    );
  }
  const [line = 'ffprobe found no stream'] = complaints.filter(text => !text.startsWith('Aborted'));
  return new AppError(
    'video_invalid',
    `The file is not a video that can be read: ${line.replace(/^.*?(\] |\/@in: )/, '').replace(/\.$/, '')}.`,
    {
      remedy: 'Check that it plays in a video player such as VLC, or re-encode it as H.264 in an mp4.',
      cause,
    },
  );
}

function unsupported({ codec_name, codec_tag_string }: Stream): AppError {
  const codec = codec_name === 'av1' ? 'AV1' : `an unknown codec (${codec_tag_string})`;
  return new AppError('video_codec_unsupported', `The video is encoded as ${codec}, which cannot be decoded here.`, {
    remedy: 'Re-encode it as H.264, for example: ffmpeg -i INPUT -c:v libx264 -crf 15 -vsync passthrough OUTPUT.mp4',
  });
}
