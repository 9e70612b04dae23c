/**
 * The shared memory through which frames go to the encoder thread: a ring of slots, one frame each, as in frame-ring.ts but the other
 * way round. The thread blocks (Atomics.wait) until a frame is there; the owner, which must not block, waits for the thread's message.
 *
 * A slot holds its frame as a packet of the IVF container, so that the ring, read from its beginning to its end behind a header, is a
 * stream that ffmpeg takes as it is. IVF (wiki.multimedia.cx/index.php/Duck_IVF), all little-endian: a header of 32 bytes (`DKIF`, uint16
 * version 0, uint16 32, the codec's four letters, uint16 width and height, uint32 units of time a second and in one tick, 8 bytes
 * nobody reads), then packets of uint32 size, int64 time and the bytes.
 */

export interface PacketRing {
  /** Int32 [4]: frames taken, frames given, 1 once no more will come, how often one of the latter two changed; from HEADER_BYTES on the slots. */
  shared: SharedArrayBuffer;
  frameBytes: number;
  slots: number;
}

/** Units of time a second. */
export const TICKS_PER_SECOND = 1_000_000;

const HEADER_BYTES = 64;
const PACKET_HEADER_BYTES = 12;
const RING_BYTES = 32 * 2 ** 20;
const MOST_SLOTS = 16;
const [TAKEN, GIVEN, ENDED, CHANGES] = [0, 1, 2, 3];

export function createPacketRing(frameBytes: number): PacketRing {
  const slotBytes = PACKET_HEADER_BYTES + frameBytes;
  const slots = Math.max(2, Math.min(MOST_SLOTS, Math.floor(RING_BYTES / slotBytes)));
  return { shared: new SharedArrayBuffer(HEADER_BYTES + slots * slotBytes), frameBytes, slots };
}

function slotAt({ frameBytes, slots }: PacketRing, count: number): number {
  return HEADER_BYTES + (count % slots) * (PACKET_HEADER_BYTES + frameBytes);
}

function countersOf({ shared }: PacketRing): Int32Array {
  return new Int32Array(shared, 0, 4);
}

/** Owner: where the `count`th frame, counted from 0, goes; null while its slot holds an earlier one that was not taken yet. */
export function freeSlot(ring: PacketRing, count: number): Uint8Array<SharedArrayBuffer> | null {
  if (count - Atomics.load(countersOf(ring), TAKEN) >= ring.slots) return null;
  return new Uint8Array(ring.shared, slotAt(ring, count) + PACKET_HEADER_BYTES, ring.frameBytes);
}

/** Owner: hands the `count`th frame over, to be shown at `ticks`. */
export function givePacket(ring: PacketRing, count: number, ticks: number): void {
  const header = new DataView(ring.shared, slotAt(ring, count), PACKET_HEADER_BYTES);
  header.setUint32(0, ring.frameBytes, true);
  header.setBigInt64(4, BigInt(ticks), true);
  tell(ring, GIVEN);
}

/** Owner: no more frames will come. */
export function endPackets(ring: PacketRing): void {
  tell(ring, ENDED);
}

function tell(ring: PacketRing, what: number): void {
  const counters = countersOf(ring);
  Atomics.add(counters, what, 1);
  Atomics.add(counters, CHANGES, 1);
  Atomics.notify(counters, CHANGES);
}

/**
 * Thread: the whole stream, to be read piece by piece.
 * @param onTaken is called whenever a slot has become free.
 * @returns a function that copies the next bytes into what it is given, blocks until there are some, and returns how many; 0 at the end.
 */
export function packetStream(
  ring: PacketRing,
  size: { widthPx: number; heightPx: number },
  onTaken: () => void,
): (into: Uint8Array) => number {
  const counters = countersOf(ring);
  let piece = ivfHeader(size);
  let count = -1;
  let read = 0;
  return into => {
    if (read === piece.length) {
      if (count >= 0) {
        Atomics.add(counters, TAKEN, 1);
        onTaken();
      }
      count++;
      read = 0;
      piece = waitForPacket(ring, count);
    }
    const part = piece.subarray(read, read + into.length);
    into.set(part);
    read += part.length;
    return part.length;
  };
}

/** @returns the `count`th packet; nothing at the end. */
function waitForPacket(ring: PacketRing, count: number): Uint8Array {
  const counters = countersOf(ring);
  for (;;) {
    const changes = Atomics.load(counters, CHANGES);
    // In this order: once it has ended, the number of frames given is the last one.
    const ended = Atomics.load(counters, ENDED);
    if (count < Atomics.load(counters, GIVEN)) {
      return new Uint8Array(ring.shared, slotAt(ring, count), PACKET_HEADER_BYTES + ring.frameBytes);
    }
    if (ended) return new Uint8Array(0);
    Atomics.wait(counters, CHANGES, changes);
  }
}

function ivfHeader({ widthPx, heightPx }: { widthPx: number; heightPx: number }): Uint8Array {
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode('DKIF'));
  view.setUint16(6, bytes.length, true);
  // Frames of planar YUV 4:2:0 that are not compressed.
  bytes.set(new TextEncoder().encode('I420'), 8);
  view.setUint16(12, widthPx, true);
  view.setUint16(14, heightPx, true);
  view.setUint32(16, TICKS_PER_SECOND, true);
  view.setUint32(20, 1, true);
  return bytes;
}
