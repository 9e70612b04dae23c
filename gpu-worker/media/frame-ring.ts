/**
 * The shared memory through which a decoder thread hands frames over: a ring of slots, one frame each.
 *
 * The producer blocks (Atomics.wait) while every slot holds a frame that was not taken yet, so a slow consumer stalls the decoder
 * and memory stays bounded. That a frame is ready is told by a message, which also wakes the consumer's event loop.
 */

export interface FrameRing {
  /** Int32 [0]: frames taken so far; from HEADER_BYTES on the slots. */
  shared: SharedArrayBuffer;
  frameBytes: number;
  slots: number;
}

const HEADER_BYTES = 64;
/** Enough to decode ahead while the device computes a batch. */
const MOST_SLOTS = 32;

/** @param bytes what the slots may take; two slots are the least that let both sides work at once. */
export function createRing(frameBytes: number, bytes: number): FrameRing {
  const slots = Math.max(2, Math.min(MOST_SLOTS, Math.floor(bytes / frameBytes)));
  return { shared: new SharedArrayBuffer(HEADER_BYTES + slots * frameBytes), frameBytes, slots };
}

/** The bytes of the `count`th frame, counted from 0. */
export function slotOf({ shared, frameBytes, slots }: FrameRing, count: number): Uint8Array<SharedArrayBuffer> {
  return new Uint8Array(shared, HEADER_BYTES + (count % slots) * frameBytes, frameBytes);
}

/** Producer: blocks its thread until the `count`th frame has a slot to go to. */
export function waitForSlot({ shared, slots }: FrameRing, count: number): void {
  const taken = new Int32Array(shared, 0, 1);
  for (let seen = Atomics.load(taken, 0); count - seen >= slots; seen = Atomics.load(taken, 0)) {
    Atomics.wait(taken, 0, seen);
  }
}

/** Consumer: gives the oldest slot back. */
export function releaseSlot({ shared }: FrameRing): void {
  const taken = new Int32Array(shared, 0, 1);
  Atomics.add(taken, 0, 1);
  Atomics.notify(taken, 0);
}
