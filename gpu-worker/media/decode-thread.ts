/**
 * The thread behind a Decoder: decodes pieces of a video, one after another, each by a run of ffmpeg of its own, and puts the wanted
 * frames into the ring.
 *
 * ffmpeg writes raw frames into one stream and their times into another, always a time before its frame. With an index a frame's time
 * gives its number; without one frames are numbered as they come. A run ends after its last wanted frame. The rotation is applied here
 * and not by ffmpeg (`-noautorotate`), so that sizes agree with VideoInfo.
 */
import { statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { FfmpegCore } from '@ffmpeg/core';
import { answerEach } from './answer.ts';
import { decodeArguments } from './decode-arguments.ts';
import type { DecoderSetup, FrameReady, PieceEnd } from './decoder.ts';
import { INPUT_NAME, loadFfmpeg, runToEnd } from './ffmpeg.ts';
import { keyFrameBefore, seekSeconds } from './frame-index.ts';
import { FrameNumbers, type Verdict } from './frame-numbers.ts';
import { type FrameRing, slotOf, waitForSlot } from './frame-ring.ts';
import { mountHostFile, mountSink } from './host-file.ts';
import type { Piece } from './pieces.ts';
import { progressMeter } from './stall.ts';
import { TextLines } from './text-lines.ts';

/** A log line at level error or worse, without the component that wrote it. */
const ERROR_LINE = /^(?:\[[^\]]* @ [^\]]*\] )?\[(?:error|fatal|panic)\] (.*)$/;
/** How far before a key frame decoding begins when it came out too late: more than a stream needs to refresh its picture. */
const BACK_FRAMES = 300;

const { path, program, info, pixels, index, limitedLuma, ring, progress }: DecoderSetup & { ring: FrameRing } =
  workerData;
/** Frames put into the ring so far. */
let put = 0;
await answerEach<Piece>(async piece => {
  for (const from of beginnings(piece.from)) {
    const end = await decode({ ...piece, from });
    if (end) return end;
  }
  throw new Error('unreachable: from the start of the file nothing is too late');
});

/** Where to begin, and where if that was too late: a demuxer may land behind, and some streams have no picture at once. */
function beginnings(from: number): number[] {
  if (!index || from === 0) return [0];
  const earlier = keyFrameBefore(index, from - BACK_FRAMES);
  return [...new Set([from, earlier, 0])].filter(frame => frame === 0 || seekSeconds(index, frame) > 0);
}

/** One run of ffmpeg. @returns null where frames began behind the first wanted one, though decoding could begin earlier. */
async function decode(piece: Piece): Promise<PieceEnd | null> {
  let firstFault = '';
  let verdict = 'drop' as Verdict;
  const core = await loadFfmpeg(program, line => {
    firstFault ||= ERROR_LINE.exec(line)?.[1] ?? '';
  });
  const meter = progressMeter(progress, statSync(path).size);
  const numbers = new FrameNumbers(piece, info, index);
  const close = mountHostFile(core.FS, INPUT_NAME, path, meter.read);
  const nextTime = mountTimes(core);
  const begin = () => {
    meter.frame();
    const before = numbers.number;
    verdict = numbers.next(nextTime());
    // What was complained of before lacks what lies before the key frame, and was dropped.
    if (before < piece.from && numbers.number >= piece.from && piece.from > 0) firstFault = '';
    if (verdict === 'late' || verdict === 'over') throw new Error('Nothing more is wanted.');
    return verdict === 'keep' ? nextSlot() : null;
  };
  const end = () => {
    if (verdict === 'keep') handOver(numbers);
    if (numbers.isOver) throw new Error('Nothing more is wanted.');
  };
  mountSink(core.FS, 'out', cutIntoFrames(ring.frameBytes, begin, end));
  const { code, crash } = runToEnd(() =>
    core.exec(...decodeArguments({ info, index, pixels, limitedLuma, from: piece.from })),
  );
  close();
  const { counts } = numbers;
  if (piece.from > 0 && (verdict === 'late' || numbers.number < 0)) return null;
  if (numbers.isOver) return { ...counts, reason: firstFault, crashed: false };
  const reason = firstFault || (crash ?? (code === 0 ? '' : `the decoder ended with code ${code}`));
  return { ...counts, reason, crashed: crash !== null };
}

function nextSlot(): Uint8Array {
  waitForSlot(ring, put);
  return slotOf(ring, put);
}

function handOver({ number, timeSeconds }: FrameNumbers): void {
  put++;
  parentPort!.postMessage({ index: number, timeSeconds } satisfies FrameReady);
}

/** @returns what gives the time of the next frame, NaN where it has none. */
function mountTimes(core: FfmpegCore): () => number {
  const times: number[] = [];
  const lines = new TextLines(line => {
    const [, pts] = /^frame:\d+ +pts:(\S+)/.exec(line) ?? [];
    if (pts !== undefined) times.push(Number(pts));
  });
  mountSink(core.FS, 'times', chunk => lines.add(Buffer.from(chunk).toString('latin1')));
  return () => times.shift() ?? Number.NaN;
}

/** What takes a stream of frames. @param begin says where the next one goes to; null: nowhere. @param end is told that it is whole. */
function cutIntoFrames(frameBytes: number, begin: () => Uint8Array | null, end: () => void) {
  let target: Uint8Array | null = null;
  let filled = 0;
  return (chunk: Uint8Array): void => {
    for (let at = 0; at < chunk.length; ) {
      if (filled === 0) target = begin();
      const part = chunk.subarray(at, at + frameBytes - filled);
      target?.set(part, filled);
      at += part.length;
      filled += part.length;
      if (filled < frameBytes) return;
      filled = 0;
      end();
    }
  };
}
