/**
 * `npm run bench -- decode`: frames a second of reading videos at full size.
 *
 * bare: ffmpeg as WebAssembly in a thread, whose frames are thrown away. one, two: decodeVideo() with as many decoders, read by a loop that
 * copies each frame once. They run in turns, each with the start of its threads; figures are medians. opening: openVideo(), which lists
 * all packets. scaled: gray frames of half the size; bare: ffmpeg scales them, ours: the CPU backend makes them the network's input, four at
 * a time. Real videos come from ../shared/data; a missing one is named and left out.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { convertVideo, encodeVideo } from '../../demo/encode-video.ts';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { compileFfmpeg } from '../../gpu-worker/media/ffmpeg.ts';
import { frameBytesOf } from '../../gpu-worker/media/pixels.ts';
import { askThread } from '../../gpu-worker/media/thread.ts';
import { decodeVideo, type OpenedVideo, openVideo } from '../../gpu-worker/media/video.ts';
import { prepareFrames } from '../../gpu-worker/model/preprocess.ts';
import { inputGeometry } from '../../src/contract/frame-geometry.ts';
import type { BareJob } from './decode-bare-thread.ts';
import { median, saveResult } from './results.ts';

const SHARED = new URL('../../../shared/data/', import.meta.url).pathname;
const ROUNDS = 3;
const SCALED_BATCH = 4;
const LOOPS = 4;
const [WIDTH_PX, HEIGHT_PX, MADE_FRAMES] = [1280, 1024, 300];

type Video = OpenedVideo & { name: string; path: string };
type Pixels = 'gray' | 'rgb24';

const folder = await mkdtemp(join(tmpdir(), 'bench-decode-'));
const cases: object[] = [];
try {
  console.log(`\n${availableParallelism()} cores, Node ${process.version}; frames a second, median of ${ROUNDS}\n`);
  console.log(
    '| video | pixels | bare | one | one / bare | two | two / bare | opening, ms |\n|---|---|---|---|---|---|---|---|',
  );
  const there = await videos();
  for (const { name, path } of there) {
    const openings: number[] = [];
    for (let round = 0; round < ROUNDS; round++) openings.push(await secondsOf(() => openVideo(path)));
    const opened = await openVideo(path);
    for (const pixels of ['gray', 'rgb24'] as const) await measure({ name, path, ...opened }, pixels, median(openings));
  }
  await openDevice('wasm');
  console.log('\n| video | scaled to | bare | ours | ours / bare |\n|---|---|---|---|---|');
  for (const { name, path } of there) await measureScaled({ name, path, ...(await openVideo(path)) });
} finally {
  await rm(folder, { recursive: true });
}
await saveResult({ name: 'decode', device: 'none', cases });
process.exit(0);

async function measure(video: Video, pixels: Pixels, openingSeconds: number): Promise<void> {
  const [bares, ones, twos]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    bares.push(await secondsOf(() => bare(video, pixels, null)));
    ones.push(await secondsOf(() => read(video, pixels, 1)));
    twos.push(await secondsOf(() => read(video, pixels, 2)));
  }
  const [b, one, two] = [bares, ones, twos].map(seconds => video.info.frames! / median(seconds)) as [
    number,
    number,
    number,
  ];
  const [figures, ms] = [[b, one, one / b, two, two / b], Math.round(openingSeconds * 1000)];
  console.log(`| ${[video.name, pixels, ...figures.map(figure => figure.toPrecision(3)), ms].join(' | ')} |`);
  cases.push({ case: video.name, pixels, frames: video.info.frames, bare: b, one, two, opening_ms: ms });
}

async function measureScaled(video: Video): Promise<void> {
  const { widthPx, heightPx, frames } = video.info;
  const scaledTo = { widthPx: Math.floor(widthPx / 2), heightPx: Math.floor(heightPx / 2) };
  const [bares, ours]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    bares.push(await secondsOf(() => bare(video, 'gray', scaledTo)));
    ours.push(await secondsOf(() => readScaled(video)));
  }
  const [b, o] = [frames! / median(bares), frames! / median(ours)];
  const figures = [b, o, o / b].map(figure => figure.toPrecision(3));
  console.log(`| ${[video.name, `${scaledTo.widthPx} × ${scaledTo.heightPx}`, ...figures].join(' | ')} |`);
  cases.push({ case: video.name, pixels: 'gray', scaled: true, frames, bare: b, one: o });
}

/** To the network's input, as an inference on the CPU does it. */
async function readScaled({ path, ...opened }: Video): Promise<void> {
  const { info } = opened;
  const frameBytes = frameBytesOf(info, 'gray');
  const batch = new Uint8Array(SCALED_BATCH * frameBytes);
  const geometry = inputGeometry(info, info, 0.5, 1);
  let gathered = 0;
  for await (const { data } of decodeVideo(path, opened, { pixels: 'gray' })) {
    batch.set(data, gathered * frameBytes);
    gathered = (gathered + 1) % SCALED_BATCH;
    if (gathered === 0) prepareFrames(batch, { ...info, channels: 1 }, geometry).dispose();
  }
}

/** @throws Error when frames are missing, since then speeds could not be compared. */
async function bare(
  { path, info, index, limitedLuma }: Video,
  pixels: Pixels,
  scaledTo: BareJob['scaledTo'],
): Promise<void> {
  const decoding = { info, index, pixels, limitedLuma, from: 0 };
  const job: BareJob = { path, program: await compileFfmpeg(), ...decoding, scaledTo };
  const bytes = await askThread<number>(new URL('./decode-bare-thread.ts', import.meta.url), job);
  if (bytes !== info.frames! * frameBytesOf({ ...info, ...scaledTo }, pixels))
    throw new Error(`The bare decoder gave ${bytes} bytes.`);
}

async function read({ path, ...opened }: Video, pixels: Pixels, decoders: number): Promise<void> {
  const { info } = opened;
  const copy = new Uint8Array(frameBytesOf(info, pixels));
  let frames = 0;
  for await (const { data } of decodeVideo(path, opened, { pixels, decoders })) {
    copy.set(data);
    frames++;
  }
  if (frames !== info.frames) throw new Error(`${decoders} decoders gave ${frames} frames.`);
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
}

/** Each some times behind itself, so that the start of threads, 0.2 s, does not count for much. */
async function videos(): Promise<{ name: string; path: string }[]> {
  const made = join(folder, 'short.mp4');
  const [widthPx, heightPx, options] = [WIDTH_PX, HEIGHT_PX, ['-g', '100']];
  await encodeVideo(made, { widthPx, heightPx, frames: drawn(), fps: 30, codec: 'h264', options });
  const wanted = [
    { name: 'mirror-mouse 396 × 406', path: join(SHARED, 'mirror-mouse/test_vid.mp4') },
    { name: 'flies13 1024 × 1024', path: join(SHARED, 'videos/flies13-1024.mp4') },
    { name: `made ${WIDTH_PX} × ${HEIGHT_PX}`, path: made },
  ];
  for (const { name, path } of wanted) if (!existsSync(path)) console.log(`${name} is not there: ${path}`);
  const looped: { name: string; path: string }[] = [];
  for (const [i, { name, path }] of wanted.filter(({ path }) => existsSync(path)).entries()) {
    const long = join(folder, `${i}.mp4`);
    await convertVideo(path, long, ['-c', 'copy'], ['-stream_loop', String(LOOPS - 1)]);
    looped.push({ name, path: long });
  }
  return looped;
}

/** Gray frames: an arm that moves over a ground with texture, under the noise of a camera. */
function* drawn(): Generator<Uint8Array> {
  const noise = Uint8Array.from({ length: WIDTH_PX * HEIGHT_PX + 9973 }, (_, i) => Math.imul(i, 2_654_435_761) >>> 28);
  for (let frame = 0; frame < MADE_FRAMES; frame++) {
    const shift = (frame * 37) % 9973;
    const picture = new Uint8Array(WIDTH_PX * HEIGHT_PX);
    for (let i = 0; i < picture.length; i++) picture[i] = 110 + noise[i]! + (noise[i + shift]! >> 1);
    const left = (frame * 3) % (WIDTH_PX - 60);
    for (let y = 300; y < 700; y++) picture.fill(40 + (y & 31), y * WIDTH_PX + left, y * WIDTH_PX + left + 60);
    yield picture;
  }
}
