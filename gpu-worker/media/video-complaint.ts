/** What a user is told of a video whose frames did not all come as its container has them. */
import type { PieceEnd } from './decoder.ts';

export interface Delivery {
  delivered: number;
  /** null: nobody knows. */
  expected: number | null;
  /** Whether all frames of the video were asked for. */
  whole: boolean;
  ends: readonly PieceEnd[];
}

/** @returns a sentence or two; null when nothing is wrong. */
export function complaintOf({ delivered, expected, whole, ends }: Delivery): string | null {
  const reason = reasonOf(ends);
  const sum = (count: 'unknown' | 'repeated') => ends.reduce((total, end) => total + end[count], 0);
  const sentences: string[] = [];
  if (expected !== null && delivered < expected) {
    const of = whole ? `its ${expected} frames` : `the ${expected} frames asked for`;
    sentences.push(`The video ends early or is damaged: ${delivered} of ${of} could be read${quoted(reason)}.`);
  } else if (reason !== '') {
    sentences.push(`The video is damaged or ends early, ${delivered} frames could be read${quoted(reason)}.`);
  }
  if (sum('unknown') > 0) {
    sentences.push(`Frames left out, since no packet of the file has their time: ${sum('unknown')}.`);
  }
  if (sum('repeated') > 0) {
    sentences.push(`Frames left out, since they came twice or out of order: ${sum('repeated')}.`);
  }
  return sentences.length === 0 ? null : sentences.join(' ');
}

/** The first that was said. */
export function reasonOf(ends: readonly PieceEnd[]): string {
  return ends.find(({ reason }) => reason !== '')?.reason ?? '';
}

export function quoted(reason: string): string {
  return reason === '' ? '' : ` ("${reason}")`;
}
