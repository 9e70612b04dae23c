/**
 * `npm run bench -- infer [table|soak]... [--backend wasm|webgpu] [--seconds 6] [--rounds 3] [--network NAME]`: from a video to stored keypoints.
 *
 * table: frames a second of the decoder alone (frames read and copied once), of the network alone (the same batch again and again, from levels
 * to peaks), and of the whole loop (infer/predict-video.ts; points are thrown away), alternating in one run. ratio: the whole against the slower of the two.
 * On a CPU both live on the same cores: `cores allow` is what they would give if every core were busy all the time.
 * soak: 20,000 frames, and the resident memory on the way. Real videos come from ../shared/data; a missing one is named and left out.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { encodeVideo } from '../../demo/encode-video.ts';
import { openDevice } from '../../gpu-worker/device/open.ts';
import type { LoadedPredictor } from '../../gpu-worker/infer/predictor-cache.ts';
import { askThread } from '../../gpu-worker/media/thread.ts';
import { decodeVideo, openVideo } from '../../gpu-worker/media/video.ts';
import type { FilmJob } from './film-thread.ts';
import { argumentsOf, median, saveResult } from './results.ts';
import { UNET_CASES } from './unet-cases.ts';
import { drawnFrames, loadNetwork, NETWORKS, predictFrames, type Video } from './video-pipeline.ts';

const SHARED = new URL('../../../shared/data/', import.meta.url).pathname;
const SOAK_FRAMES = 20_000;
const SOAK_MARKS = [1000, 2000, 5000, 10_000, 15_000, SOAK_FRAMES];

interface Speed {
  framesPerSecond: number;
  /** Processor time, of all threads. */
  coreSecondsPerFrame: number;
}

const { values, positionals } = parseArgs({
  args: argumentsOf('infer'),
  allowPositionals: true,
  options: {
    backend: { type: 'string', default: 'wasm' },
    seconds: { type: 'string', default: '6' },
    rounds: { type: 'string', default: '3' },
    network: { type: 'string', multiple: true, default: Object.keys(NETWORKS) },
  },
});
const sections = positionals.length > 0 ? positionals : ['table'];
const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
const folder = await mkdtemp(join(tmpdir(), 'bench-infer-'));
const { description } = await openDevice(values.backend as 'wasm' | 'webgpu');
const cases: object[] = [];
try {
  if (sections.includes('table')) await table();
  if (sections.includes('soak')) await soak();
} finally {
  await rm(folder, { recursive: true });
}
await saveResult({ name: 'infer', device: description, cases });
process.exit(0);

async function table(): Promise<void> {
  const cores = availableParallelism();
  console.log(`\n${description}, ${cores} cores, Node ${process.version}; frames a second, median of ${rounds}\n`);
  console.log(
    '| video | network | batch | decoder alone | network alone | together | ratio | cores allow |\n|---|---|---|---|---|---|---|---|',
  );
  for (const video of await videos()) {
    for (const name of values.network) {
      const { unet, scaled } = NETWORKS[name]!;
      const lent = await loadNetwork(unet, scaled, video.info);
      const [decoding, computing, whole]: Speed[][] = [[], [], []];
      for (let round = 0; round < rounds; round++) {
        computing!.push(await computeAlone(lent));
        decoding!.push(await decodeAlone(video, UNET_CASES[unet].channels));
        const slower = Math.min(computing!.at(-1)!.framesPerSecond, decoding!.at(-1)!.framesPerSecond);
        whole!.push(await together(video, lent, UNET_CASES[unet].channels, Math.ceil(slower * seconds)));
      }
      const [d, n, t] = [middle(decoding!), middle(computing!), middle(whole!)];
      const ratio = t.framesPerSecond / Math.min(d.framesPerSecond, n.framesPerSecond);
      const coresAllow = cores / (d.coreSecondsPerFrame + n.coreSecondsPerFrame);
      const row = [
        video.name,
        name,
        lent.batchSize,
        shown(d.framesPerSecond),
        shown(n.framesPerSecond),
        shown(t.framesPerSecond),
      ];
      console.log(`| ${[...row, ratio.toFixed(2), shown(coresAllow)].join(' | ')} |`);
      cases.push({
        case: `${video.name}/${name}`,
        batch: lent.batchSize,
        decoder: d,
        network: n,
        together: t,
        ratio,
        cores_allow: coresAllow,
      });
      lent.predictor.dispose();
      lent.network.dispose();
    }
  }
}

/** 20,000 frames through the smallest network; the memory must not grow on the way. */
async function soak(): Promise<void> {
  const path = join(folder, 'long.mp4');
  const film: FilmJob = { path, widthPx: 320, heightPx: 240, frames: 500, loops: SOAK_FRAMES / 500 };
  await askThread(new URL('./film-thread.ts', import.meta.url), film);
  const opened = await openVideo(path);
  const { info } = opened;
  const before = process.memoryUsage.rss();
  const lent = await loadNetwork('lab160', true, info);
  const loaded = process.memoryUsage.rss();
  console.log(
    `\nsoak: 320 × 240, network lab160; ${mebibytes(before)} MiB before the model, ${mebibytes(loaded)} with it\n`,
  );
  console.log('| frame | resident MiB | above the model |\n|---|---|---|');
  const marks = [...SOAK_MARKS];
  await predictFrames({ name: 'long', path, ...opened }, lent, 1, SOAK_FRAMES, done => {
    if (marks.length === 0 || done < marks[0]!) return;
    const mark = marks.shift()!;
    const rss = process.memoryUsage.rss();
    console.log(`| ${mark} | ${mebibytes(rss)} | ${mebibytes(rss - loaded)} |`);
    cases.push({ case: 'soak', frame: mark, rss_mib: mebibytes(rss), above_model_mib: mebibytes(rss - loaded) });
  });
}

function decodeAlone({ path, ...opened }: Video, channels: number): Promise<Speed> {
  const copy = new Uint8Array(opened.info.widthPx * opened.info.heightPx * channels);
  return speedOf(async isTimeUp => {
    let frames = 0;
    for await (const { data } of decodeVideo(path, opened, { pixels: channels === 1 ? 'gray' : 'rgb24' })) {
      copy.set(data);
      frames++;
      if (isTimeUp()) break;
    }
    return frames;
  });
}

function computeAlone({ predictor, batchSize }: LoadedPredictor): Promise<Speed> {
  const batch = predictor.room;
  for (let i = 0; i < batch.length; i++) batch[i] = (i * 7) % 251;
  return speedOf(async isTimeUp => {
    let frames = 0;
    let before = predictor.predict(batch);
    while (!isTimeUp()) {
      const next = predictor.predict(batch);
      await before;
      before = next;
      frames += batchSize;
    }
    await before;
    return frames + batchSize;
  });
}

/** The first `frames` frames of the video, again from its start where it has fewer. */
function together(video: Video, lent: LoadedPredictor, channels: number, frames: number): Promise<Speed> {
  return speedOf(async () => {
    for (let left = frames; left > 0; )
      left -= await predictFrames(video, lent, channels, Math.min(left, video.info.frames!), () => {});
    return frames;
  });
}

async function speedOf(work: (isTimeUp: () => boolean) => Promise<number>): Promise<Speed> {
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  const frames = await work(() => performance.now() - startedAt > 1000 * seconds);
  const { user, system } = process.cpuUsage(cpu);
  const wallSeconds = (performance.now() - startedAt) / 1000;
  return { framesPerSecond: frames / wallSeconds, coreSecondsPerFrame: (user + system) / 1e6 / frames };
}

async function videos(): Promise<Video[]> {
  const made = join(folder, 'made.mp4');
  await encodeVideo(made, {
    widthPx: 1280,
    heightPx: 1024,
    frames: drawnFrames(1280, 1024, 240),
    fps: 30,
    codec: 'h264',
  });
  const wanted = [
    { name: 'mirror-mouse 396 × 406', path: join(SHARED, 'mirror-mouse/test_vid.mp4') },
    { name: 'flies13 1024 × 1024', path: join(SHARED, 'videos/flies13-1024.mp4') },
    { name: 'made 1280 × 1024', path: made },
  ];
  for (const { name, path } of wanted) if (!existsSync(path)) console.log(`${name} is not there: ${path}`);
  const there = wanted.filter(({ path }) => existsSync(path));
  return Promise.all(there.map(async video => ({ ...video, ...(await openVideo(video.path)) })));
}

function middle(speeds: readonly Speed[]): Speed {
  return {
    framesPerSecond: median(speeds.map(speed => speed.framesPerSecond)),
    coreSecondsPerFrame: median(speeds.map(speed => speed.coreSecondsPerFrame)),
  };
}

function shown(perSecond: number): string {
  return perSecond.toPrecision(3);
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
