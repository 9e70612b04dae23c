/** The gray of a colour, ITU-R BT.601, as tf.image.rgb_to_grayscale: what a network of gray images is given of one in colour. Levels of gray stay as they are. */

/** @param r @param g @param b levels 0 to 255. @returns a whole level. */
export function lumaOf(r: number, g: number, b: number): number {
  return Math.round(0.299 * r + 0.587 * g + 0.114 * b);
}
