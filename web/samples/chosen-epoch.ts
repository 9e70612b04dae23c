/**
 * Which epoch is shown: one that was chosen, told by `?epoch=`, or else the newest, which is followed while the training goes on. Playing
 * goes through all of them in some seconds.
 */
import { type ReadonlySignal, signal, useComputed, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Samples } from '../../src/contract/samples.ts';
import { replaceQuery, route } from '../frame/routes.ts';
import { epochIn, placeOfEpoch } from './epoch-place.ts';

/** A browser allows some hundred changes of its address in half a minute. */
const ADDRESS_AFTER_MS = 300;
const WHOLE_PLAY_MS = 8_000;
const SHORTEST_STEP_MS = 60;
const LONGEST_STEP_MS = 700;

export interface ChosenEpoch {
  /** Place in `epochs`; -1 while there is none. */
  place: ReadonlySignal<number>;
  isFollowing: ReadonlySignal<boolean>;
  isPlaying: ReadonlySignal<boolean>;
  /** @param place null: the newest, whichever that is. */
  choose: (place: number | null) => void;
  play: () => void;
  pause: () => void;
}

const epochsIn = (samples: Samples | null) => samples?.epochs ?? [];

export function useChosenEpoch(samples: ReadonlySignal<Samples | null>): ChosenEpoch {
  const asked = route.value.query.get('epoch');
  const epoch = useSignal(epochIn(asked));
  const isPlaying = useSignal(false);
  const timers = useRef({ address: 0, step: 0 }).current;
  /** What the address says by this view's own doing. */
  const written = useRef(epoch.peek());
  // Back, forward, or an address that was typed: one that was written here is behind what is shown by now.
  useEffect(() => {
    const named = epochIn(asked);
    if (named === written.current) return;
    written.current = named;
    epoch.value = named;
  }, [asked]);
  useEffect(
    () => () => {
      clearTimeout(timers.address);
      clearInterval(timers.step);
    },
    [],
  );
  const place = useComputed(() => placeOfEpoch(epochsIn(samples.value), epoch.value));
  const choose = (at: number | null) => {
    epoch.value = at === null ? null : (epochsIn(samples.peek())[at]?.epoch ?? null);
    clearTimeout(timers.address);
    timers.address = window.setTimeout(() => {
      written.current = epoch.peek();
      replaceQuery({ epoch: written.current });
    }, ADDRESS_AFTER_MS);
  };
  const pause = () => {
    clearInterval(timers.step);
    isPlaying.value = false;
  };
  return {
    ...{ place, isPlaying, choose, pause },
    isFollowing: useComputed(() => epoch.value === null),
    play() {
      const last = () => epochsIn(samples.peek()).length - 1;
      if (place.peek() >= last()) choose(0);
      isPlaying.value = true;
      clearInterval(timers.step);
      const stepMs = Math.min(LONGEST_STEP_MS, Math.max(SHORTEST_STEP_MS, WHOLE_PLAY_MS / (last() + 1)));
      timers.step = window.setInterval(() => {
        if (place.peek() + 1 < last()) choose(place.peek() + 1);
        else {
          choose(null);
          pause();
        }
      }, stepMs);
    },
  };
}

const little = matchMedia('(prefers-reduced-motion: reduce)');
/** The reader's system asks for little motion. */
export const wantsLittleMotion = signal(little.matches);
little.addEventListener('change', () => {
  wantsLittleMotion.value = little.matches;
});
