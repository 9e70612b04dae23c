/** Small planes of YUV that tests draw into and look at. */
export const WIDTH_PX = 20;
export const HEIGHT_PX = 16;
export const PIXELS = WIDTH_PX * HEIGHT_PX;
/** All planes are 0: a colour of 200 shows half a coverage as 100. */
export const black = () => new Uint8Array(PIXELS * 1.5);

export const lumaAt = (data: Uint8Array, x: number, y: number) => data[y * WIDTH_PX + x]!;
/** U and V of the square with this pixel. */
export const chromaAt = (data: Uint8Array, x: number, y: number) => {
  const sample = (y >> 1) * (WIDTH_PX / 2) + (x >> 1);
  return [data[PIXELS + sample], data[PIXELS * 1.25 + sample]];
};
export const colourAt = (data: Uint8Array, x: number, y: number) => [lumaAt(data, x, y), ...chromaAt(data, x, y)];
