/** The ring through which frames go to the encoder: what the thread reads of it, and when there is room. */
import { describe, expect, it } from 'vitest';
import {
  createPacketRing,
  endPackets,
  freeSlot,
  givePacket,
  packetStream,
} from '../../gpu-worker/media/packet-ring.ts';

const SIZE = { widthPx: 4, heightPx: 2 };
const FRAME_BYTES = 12;
const PACKET_BYTES = 12 + FRAME_BYTES;

/** Gives frames number `from` to below `to`, each filled with its number and shown at that many milliseconds. */
function give(ring: ReturnType<typeof createPacketRing>, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    freeSlot(ring, i)!.fill(i);
    givePacket(ring, i, i * 1000);
  }
}

/** All that is left, read `most` bytes at a time. */
function readAll(read: (into: Uint8Array) => number, most: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let length = -1; length !== 0; ) {
    const piece = new Uint8Array(most);
    length = read(piece);
    pieces.push(piece.subarray(0, length));
  }
  return new Uint8Array(Buffer.concat(pieces));
}

describe('the packet ring', () => {
  it.each([1, 7, 32, 1000])('is read as an IVF file, %i bytes at a time', most => {
    const ring = createPacketRing(FRAME_BYTES);
    give(ring, 0, 5);
    endPackets(ring);
    const bytes = readAll(
      packetStream(ring, SIZE, () => {}),
      most,
    );
    expect(bytes).toHaveLength(32 + 5 * PACKET_BYTES);
    const view = new DataView(bytes.buffer);
    expect(new TextDecoder().decode(bytes.subarray(0, 4))).toBe('DKIF');
    expect(new TextDecoder().decode(bytes.subarray(8, 12))).toBe('I420');
    expect([4, 6, 12, 14].map(at => view.getUint16(at, true))).toEqual([0, 32, 4, 2]);
    expect([16, 20].map(at => view.getUint32(at, true))).toEqual([1_000_000, 1]);
    for (let i = 0; i < 5; i++) {
      const at = 32 + i * PACKET_BYTES;
      expect([view.getUint32(at, true), view.getBigInt64(at + 4, true)]).toEqual([FRAME_BYTES, BigInt(i * 1000)]);
      expect(bytes.subarray(at + 12, at + PACKET_BYTES)).toEqual(new Uint8Array(FRAME_BYTES).fill(i));
    }
  });

  it('has no room while all its slots are full, and tells of each that becomes free', () => {
    const ring = createPacketRing(FRAME_BYTES);
    give(ring, 0, ring.slots);
    expect(freeSlot(ring, ring.slots)).toBeNull();
    let free = 0;
    const read = packetStream(ring, SIZE, () => free++);
    const readPacket = () => read(new Uint8Array(1000));
    readPacket(); // The header.
    readPacket();
    // The frame was handed out and may still be copied from.
    expect([free, freeSlot(ring, ring.slots)]).toEqual([0, null]);
    readPacket();
    expect(free).toBe(1);
    give(ring, ring.slots, ring.slots + 1);
    expect(freeSlot(ring, ring.slots + 1)).toBeNull();
  });

  it('goes round: a slot is used again for a later frame, and none is lost', () => {
    const ring = createPacketRing(FRAME_BYTES);
    const read = packetStream(ring, SIZE, () => {});
    read(new Uint8Array(32));
    const seen: number[] = [];
    const piece = new Uint8Array(PACKET_BYTES);
    for (let i = 0; i < 3 * ring.slots; i++) {
      give(ring, i, i + 1);
      expect(read(piece)).toBe(PACKET_BYTES);
      seen.push(piece.at(-1)!);
    }
    endPackets(ring);
    expect(seen).toEqual(Array.from({ length: 3 * ring.slots }, (_, i) => i));
    expect(read(piece)).toBe(0);
  });

  it('holds at least two frames, however large, and little memory', () => {
    expect(createPacketRing(50 * 2 ** 20).slots).toBe(2);
    expect(createPacketRing(1600 * 960 * 1.5).slots).toBe(14);
    expect(createPacketRing(100).slots).toBe(16);
  });
});
