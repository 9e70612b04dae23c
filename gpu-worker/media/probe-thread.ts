/**
 * The thread behind openVideo(): what ffprobe says of the streams, and the index of the video's frames from its packets.
 *
 * The packets are always listed: it reads the file once and takes a percent of the time of decoding it, and only they tell how many
 * frames there are. Fields: ffmpeg's documentation of ffprobe, `rotation` is counterclockwise.
 */
import { statSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { z } from 'zod';
import { AppError } from '../../src/errors.ts';
import { answer } from './answer.ts';
import { type ProbeTarget, runFfprobe } from './ffprobe.ts';
import { type FrameIndex, isVariableRate, PACKET_OPTIONS, PacketList } from './frame-index.ts';
import { hasLimitedLuma } from './pixels.ts';
import type { OpenedVideo } from './video.ts';

const streamSchema = z.object({
  codec_type: z.string().optional(),
  codec_name: z.string().optional(),
  codec_tag_string: z.string().optional(),
  pix_fmt: z.string().default(''),
  color_range: z.string().default('unknown'),
  width: z.number().default(0),
  height: z.number().default(0),
  avg_frame_rate: z.string().default('0/0'),
  r_frame_rate: z.string().default('0/0'),
  nb_frames: z.coerce.number().optional(),
  time_base: z.string().default('0/0'),
  has_b_frames: z.number().default(0),
  field_order: z.string().default('unknown'),
  disposition: z.object({ attached_pic: z.number(), timed_thumbnails: z.number() }).optional(),
  side_data_list: z.array(z.object({ rotation: z.number().optional() })).default([]),
});
const formatSchema = z.object({ format_name: z.string().default(''), start_time: z.coerce.number().optional() });
const probeSchema = z.object({
  streams: z.array(streamSchema).default([]),
  format: formatSchema.default(formatSchema.parse({})),
});
type Stream = z.infer<typeof streamSchema>;
type Format = z.infer<typeof formatSchema>;

/** ffprobe's words for frames of two fields. */
const INTERLACED = ['tt', 'bb', 'tb', 'bt'];

const target: ProbeTarget = workerData;
await answer(async (): Promise<OpenedVideo> => {
  if (statSync(target.path).size === 0) throw new AppError('video_invalid', 'The video is an empty file (0 bytes).');
  const { streams, format, complaints } = await ffprobeStreams();
  const stream = streams.find(isVideo);
  if (!stream) throw noVideo(streams, complaints);
  if (stream.codec_name === undefined || stream.codec_name === 'av1') throw unsupported(stream);
  if (stream.width < 1 || stream.height < 1) throw notReadable(complaints);
  const rotationDegrees = rotationOf(stream);
  const upright = rotationDegrees % 180 === 0;
  const { index, discarded } = await listPackets(stream, stream.codec_name, format);
  const info = {
    widthPx: upright ? stream.width : stream.height,
    heightPx: upright ? stream.height : stream.width,
    fps: rate(stream.avg_frame_rate) ?? rate(stream.r_frame_rate),
    frames: countFrames(stream, index, discarded),
    codec: stream.codec_name,
    rotationDegrees,
    variableRate: index && isVariableRate(index),
  };
  return { info, index, limitedLuma: hasLimitedLuma(stream.pix_fmt, stream.color_range) };
});

async function ffprobeStreams(): Promise<z.infer<typeof probeSchema> & { complaints: string[] }> {
  let output = '';
  const options = ['-show_streams', '-show_format', '-print_format', 'json'];
  const { complaints } = await runFfprobe(target, options, text => {
    output += text;
  });
  try {
    return { ...probeSchema.parse(JSON.parse(output)), complaints };
  } catch (error) {
    throw notReadable(complaints, error);
  }
}

async function listPackets(
  { time_base, has_b_frames, field_order }: Stream,
  codec: string,
  { format_name, start_time }: Format,
): Promise<{ index: FrameIndex | null; discarded: number }> {
  const packets = new PacketList();
  const { crashed } = await runFfprobe(target, PACKET_OPTIONS, text => packets.read(text));
  if (crashed) return { index: null, discarded: 0 };
  const index = packets.index({
    codec,
    container: format_name,
    timeBase: time_base,
    startSeconds: start_time ?? null,
    hasBFrames: has_b_frames > 0,
    interlaced: INTERLACED.includes(field_order),
  });
  return { index, discarded: packets.discarded };
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
 * Frames that a player shows. A container may count more than its index lists, when the file was cut short; one that was cut without
 * re-encoding also counts the frames that its edit list hides. null: neither count nor index.
 */
function countFrames({ nb_frames }: Stream, index: FrameIndex | null, discarded: number): number | null {
  const counted = nb_frames ? nb_frames - discarded : 0;
  return Math.max(counted, index?.pts.length ?? 0) || null;
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
