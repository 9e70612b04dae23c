/** Numbers that do not fill four lanes: the last channels of a count that is no multiple of four. */

/** So many channels, rounded up to whole quads. */
export function padded(channels: i32): i32 {
  return (channels + 3) & ~3;
}

/** The first `count` lanes, zeros after them. */
export function keepLanes(value: v128, count: i32): v128 {
  if (count === 1) return v128.and(value, i32x4(-1, 0, 0, 0));
  if (count === 2) return v128.and(value, i32x4(-1, -1, 0, 0));
  if (count === 3) return v128.and(value, i32x4(-1, -1, -1, 0));
  return value;
}

/** Stores the first `count` lanes, 1 to 4. */
export function storeLanes(to: usize, value: v128, count: i32): void {
  if (count >= 4) {
    v128.store(to, value);
  } else if (count === 3) {
    v128.store64_lane(to, value, 0);
    v128.store32_lane(to, value, 2, 8);
  } else if (count === 2) {
    v128.store64_lane(to, value, 0);
  } else {
    v128.store32_lane(to, value, 0);
  }
}
