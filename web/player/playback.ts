/**
 * What the parts of a player agree on: which frame is in sight, which one was asked for, whether it plays and how fast. The stage (the
 * video, single frames, or an empty ground) is the only one to say what is in sight; all others ask.
 */
import { batch, type ReadonlySignal, type Signal, signal } from '@preact/signals';

export const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4] as const;

export interface Playback {
  /** The frame in sight, counted from 0. */
  shown: ReadonlySignal<number>;
  /** The frame that was asked for and is not in sight yet; null: none. */
  asked: ReadonlySignal<number | null>;
  isPlaying: Signal<boolean>;
  /** Of SPEEDS; 1: as it was filmed. */
  speed: Signal<number>;
  /** How many frames there are. */
  frames: Signal<number>;
  /** Asks for a frame; the nearest there is. */
  seek: (frame: number) => void;
  /** Stops, and asks for the frame so many behind that which was asked for last. */
  step: (by: number) => void;
  /** From the start again when it stands at the end. */
  toggle: () => void;
  /** The stage says what is in sight. @param isAnswer it is what came of all that was asked. */
  show: (frame: number, isAnswer: boolean) => void;
}

export function createPlayback(firstFrame: number): Playback {
  const shown = signal(firstFrame);
  const asked = signal<number | null>(firstFrame);
  const isPlaying = signal(false);
  const frames = signal(0);
  const seek = (frame: number) => {
    asked.value = Math.max(0, Math.min(Math.round(frame), frames.peek() - 1));
  };
  return {
    ...{ shown, asked, isPlaying, frames, seek },
    speed: signal(1),
    step(by) {
      isPlaying.value = false;
      seek(targetOf({ asked, shown }) + by);
    },
    toggle() {
      batch(() => {
        if (!isPlaying.peek() && shown.peek() >= frames.peek() - 1) seek(0);
        isPlaying.value = !isPlaying.peek();
      });
    },
    show(frame, isAnswer) {
      batch(() => {
        shown.value = frame;
        if (isAnswer) asked.value = null;
      });
    },
  };
}

/** Where the reader is going: the frame asked for, else the one in sight. */
export function targetOf({ asked, shown }: Pick<Playback, 'asked' | 'shown'>): number {
  return asked.peek() ?? shown.peek();
}
