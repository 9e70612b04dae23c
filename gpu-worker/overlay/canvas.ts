/**
 * Anti-aliased strokes drawn straight into a frame of planar YUV 4:2:0, the form in which decoder and encoder exchange frames: a change
 * to RGB and back would cost more than the drawing and blur every frame's colours.
 *
 * A stroke is a line with round ends; a disc is a line from a point to itself. It covers a pixel by 1/2 plus the distance by which the
 * pixel's centre lies within its outline, from 0 to 1. Strokes are marked first and painted together in one colour, each pixel with the
 * strongest mark upon it: the parts of a translucent line show no darker joints. A chroma sample takes the mean of its four pixels.
 */

/** Y, U and V, 0 to 255 each. */
export type Colour = readonly [number, number, number];
/** In pixels; whole numbers are the centres of pixels. */
export type Point = readonly [x: number, y: number];

export class Canvas {
  readonly #widthPx: number;
  readonly #heightPx: number;
  /** [H, W], 0 to 1: the marks that were not painted yet. */
  readonly #marks: Float32Array;
  /** Squares of 2 × 2 pixels that have a mark, each once, by the index of their chroma sample; and how many. */
  readonly #squares: Uint32Array;
  readonly #isListed: Uint8Array;
  #listed = 0;

  /** @param widthPx even, as is heightPx. */
  constructor(widthPx: number, heightPx: number) {
    this.#widthPx = widthPx;
    this.#heightPx = heightPx;
    const pixels = widthPx * heightPx;
    this.#marks = new Float32Array(pixels);
    this.#squares = new Uint32Array(pixels / 4);
    this.#isListed = new Uint8Array(pixels / 4);
  }

  /**
   * Marks a line with round ends; what lies outside the frame is left out.
   * @param strength of the mark where the line covers a pixel entirely, 0 to 1.
   */
  line(from: Point, to: Point, thicknessPx: number, strength = 1): void {
    const reach = thicknessPx / 2 + 0.5;
    const [[x0, y0], dx, dy] = [from, to[0] - from[0], to[1] - from[1]];
    const squaredLength = dx * dx + dy * dy;
    /** Where on the line, 0 to 1, its height is y. */
    const along = (y: number) => limit((y - y0) / dy, 0, 1);
    const bottom = Math.min(this.#heightPx - 1, Math.floor(Math.max(y0, y0 + dy) + reach));
    for (let y = Math.max(0, Math.ceil(Math.min(y0, y0 + dy) - reach)); y <= bottom; y++) {
      // Only the part of the line between these two can reach the row.
      const xStart = x0 + dx * (dy === 0 ? 0 : along(y - reach));
      const xEnd = x0 + dx * (dy === 0 ? 1 : along(y + reach));
      const right = Math.min(this.#widthPx - 1, Math.floor(Math.max(xStart, xEnd) + reach));
      for (let x = Math.max(0, Math.ceil(Math.min(xStart, xEnd) - reach)); x <= right; x++) {
        const t = squaredLength === 0 ? 0 : limit(((x - x0) * dx + (y - y0) * dy) / squaredLength, 0, 1);
        const squaredDistance = (x - x0 - t * dx) ** 2 + (y - y0 - t * dy) ** 2;
        if (squaredDistance >= reach * reach) continue;
        this.#mark(x, y, Math.min(1, reach - Math.sqrt(squaredDistance)) * strength);
      }
    }
  }

  /** Marks a disc. */
  disc(centre: Point, radiusPx: number, strength = 1): void {
    this.line(centre, centre, 2 * radiusPx, strength);
  }

  /** Gives what is marked the colour, in proportion to the marks, which are gone afterwards. @param data [3 / 2 H W]: the planes Y, U and V. */
  paint(data: Uint8Array, [luma, u, v]: Colour): void {
    const width = this.#widthPx;
    const [uAt, vAt] = [width * this.#heightPx, (width * this.#heightPx * 5) / 4];
    for (let i = 0; i < this.#listed; i++) {
      const square = this.#squares[i]!;
      const row = Math.floor(square / (width / 2));
      const topLeft = 2 * row * width + 2 * (square - (row * width) / 2);
      let sum = 0;
      for (const pixel of [topLeft, topLeft + 1, topLeft + width, topLeft + width + 1]) {
        const mark = this.#marks[pixel]!;
        sum += mark;
        blend(data, pixel, luma, mark);
        this.#marks[pixel] = 0;
      }
      blend(data, uAt + square, u, sum / 4);
      blend(data, vAt + square, v, sum / 4);
      this.#isListed[square] = 0;
    }
    this.#listed = 0;
  }

  #mark(x: number, y: number, mark: number): void {
    const pixel = y * this.#widthPx + x;
    if (mark <= this.#marks[pixel]!) return;
    this.#marks[pixel] = mark;
    const square = (y >> 1) * (this.#widthPx / 2) + (x >> 1);
    if (this.#isListed[square]) return;
    this.#isListed[square] = 1;
    this.#squares[this.#listed++] = square;
  }
}

function blend(data: Uint8Array, at: number, value: number, share: number): void {
  data[at] = Math.round(data[at]! + (value - data[at]!) * share);
}

function limit(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
