/**
 * One run of ffprobe on a file. Its return value is always -1 in this build and it may crash on damaged files, so only what it
 * writes counts; what it prints besides explains why there is nothing.
 */
import { statSync } from 'node:fs';
import { INPUT_NAME, loadFfmpeg, runToEnd } from './ffmpeg.ts';
import { mountHostFile, mountSink } from './host-file.ts';
import { type ProgressCounter, progressMeter } from './stall.ts';

export interface ProbeTarget {
  path: string;
  program: WebAssembly.Module;
  progress: ProgressCounter;
}

/** @param onText gets what ffprobe writes, piece by piece. @returns what it complained of, its crash last. */
export async function runFfprobe(
  { path, program, progress }: ProbeTarget,
  options: readonly string[],
  onText: (text: string) => void,
): Promise<{ complaints: string[]; crashed: boolean }> {
  const complaints: string[] = [];
  const core = await loadFfmpeg(program, line => complaints.push(line));
  const close = mountHostFile(core.FS, INPUT_NAME, path, progressMeter(progress, statSync(path).size).read);
  const decoder = new TextDecoder();
  mountSink(core.FS, 'out', chunk => onText(decoder.decode(chunk, { stream: true })));
  const { crash } = runToEnd(() => core.ffprobe('-v', 'error', ...options, '-i', `/${INPUT_NAME}`, '-o', '/out'));
  if (crash) complaints.push(crash);
  close();
  return { complaints, crashed: crash !== null };
}
