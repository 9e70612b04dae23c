/** What benches of inference share: the networks, and the worker's own loop over a video, whose points are thrown away. */
import { Predictor } from '../../gpu-worker/infer/predict.ts';
import { predictVideo } from '../../gpu-worker/infer/predict-video.ts';
import type { LoadedPredictor } from '../../gpu-worker/infer/predictor-cache.ts';
import type { OpenedVideo } from '../../gpu-worker/media/video.ts';
import { readConfig } from '../../src/config.ts';
import { inferenceConfigSchema, type VideoInfo } from '../../src/contract/inference.ts';
import { UNET_CASES, type UNetName } from './unet-cases.ts';
import { trainingOf } from './unet-training.ts';

/** The network, and whether frames are scaled to the size it is named for or keep their own. */
export const NETWORKS: Record<string, { unet: UNetName; scaled: boolean }> = {
  robot: { unet: 'robot', scaled: true },
  lab160: { unet: 'lab160', scaled: true },
  medium: { unet: 'medium1024', scaled: false },
};
export interface Video extends OpenedVideo {
  name: string;
  path: string;
}

const config = readConfig({ DATABASE_URL: 'postgres://nowhere' });
const settings = inferenceConfigSchema.parse({});

/** @param scaled frames are brought to the size that the network is named for; else they keep theirs. */
export async function loadNetwork(name: UNetName, scaled: boolean, frame: VideoInfo): Promise<LoadedPredictor> {
  const { channels, heightPx, widthPx, maxStride, outputStride } = UNET_CASES[name];
  const { network, optimizer } = trainingOf(
    { ...UNET_CASES[name], heightPx: maxStride, widthPx: maxStride },
    1,
    'fp32',
  );
  optimizer.dispose();
  const predictor = new Predictor(network, {
    trained: {
      channels: channels as 1 | 3,
      widthPx: scaled ? widthPx : frame.widthPx,
      heightPx: scaled ? heightPx : frame.heightPx,
    },
    frame,
    config: { input_scaling: 1, heads_output_stride: outputStride, backbone_config: { max_stride: maxStride } },
    settings,
    arithmetic: 'fp32',
  });
  return { network, predictor, batchSize: await predictor.prepare() };
}

/** Runs the first `frames` frames. @param onDone told how many are done. @returns how many came. */
export async function predictFrames(
  { path, ...opened }: Video,
  lent: LoadedPredictor,
  channels: number,
  frames: number,
  onDone: (done: number) => void,
): Promise<number> {
  let done = 0;
  await predictVideo(
    { config, report: () => {}, requested: () => null, signal: new AbortController().signal },
    lent,
    {
      path,
      opened,
      settings: { frames: `0-${frames - 1}`, frame_step: 1 },
      channels: channels as 1 | 3,
      stored: [],
    },
    {
      async add(places) {
        done += places.length;
        onDone(done);
      },
      finish: async () => {},
    },
  );
  return done;
}

/** Gray frames with something that moves over a ground with texture, as a camera sees it. */
export function* drawnFrames(widthPx: number, heightPx: number, count: number): Generator<Uint8Array> {
  const ground = Uint8Array.from({ length: widthPx * heightPx }, (_, i) => 120 + (Math.imul(i, 2_654_435_761) >>> 28));
  for (let frame = 0; frame < count; frame++) {
    const picture = Uint8Array.from(ground);
    const left = (frame * 3) % (widthPx - 40);
    for (let y = 0; y < 40; y++)
      picture.fill(30 + y, (heightPx / 2 + y) * widthPx + left, (heightPx / 2 + y) * widthPx + left + 40);
    yield picture;
  }
}
