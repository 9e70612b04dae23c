/**
 * Reads Windows bitmaps: 1, 4 and 8 bits with a palette, 24 and 32 bits, stored bottom-up or top-down, without compression. That
 * is what Windows tools and cameras write. Layout: BITMAPFILEHEADER and BITMAPINFOHEADER of the Windows API.
 * Left out: run-length compression, 16 bits, the 12-byte OS/2 header.
 */
const FILE_HEADER_BYTES = 14;
const INFO_HEADER_BYTES = 40;
const UNCOMPRESSED = 0;
/** Colours picked by masks; at 32 bits everybody writes the masks of BGRA. */
const BITFIELDS = 3;
const RED_MASK_OF_BGRA = 0x00ff0000;

/** The shape of image.ts's DecodedImage. */
interface Bitmap {
  widthPx: number;
  heightPx: number;
  channels: 1 | 3;
  /** [H, W, C] */
  data: Uint8Array;
}

export function isBmp(file: Buffer): boolean {
  return file.length > FILE_HEADER_BYTES + INFO_HEADER_BYTES && file.toString('latin1', 0, 2) === 'BM';
}

/** @throws Error when the bitmap is of a kind that is left out, or cut short. */
export function readBmp(file: Buffer, checkSize: (widthPx: number, heightPx: number) => void): Bitmap {
  const pixelsAt = file.readUInt32LE(10);
  const headerBytes = file.readUInt32LE(14);
  const widthPx = file.readInt32LE(18);
  const storedHeight = file.readInt32LE(22); // negative: the first row is the top one
  const heightPx = Math.abs(storedHeight);
  const bits = file.readUInt16LE(28);
  const compression = file.readUInt32LE(30);
  const masked = bits === 32 && compression === BITFIELDS && file.readUInt32LE(54) === RED_MASK_OF_BGRA;
  if (headerBytes < INFO_HEADER_BYTES || widthPx < 1 || heightPx < 1 || (compression !== UNCOMPRESSED && !masked)) {
    throw new Error(`bitmap with a ${headerBytes}-byte header, ${bits} bits, compression ${compression}`);
  }
  checkSize(widthPx, heightPx);
  const rowBytes = Math.ceil((widthPx * bits) / 32) * 4;
  if (pixelsAt + rowBytes * heightPx > file.length) throw new Error('bitmap cut short');
  const rowAt = (y: number) => pixelsAt + rowBytes * (storedHeight < 0 ? y : heightPx - 1 - y);

  if (bits === 24 || bits === 32) {
    const data = new Uint8Array(widthPx * heightPx * 3);
    for (let y = 0, to = 0; y < heightPx; y++) {
      for (let x = 0, from = rowAt(y); x < widthPx; x++, from += bits / 8, to += 3) {
        data[to] = file[from + 2]!;
        data[to + 1] = file[from + 1]!;
        data[to + 2] = file[from]!;
      }
    }
    return { widthPx, heightPx, channels: 3, data };
  }
  if (bits !== 1 && bits !== 4 && bits !== 8) throw new Error(`bitmap with ${bits} bits`);
  const palette = file.subarray(FILE_HEADER_BYTES + headerBytes, pixelsAt); // B, G, R, 0 each
  const channels = isGrayPalette(palette) ? 1 : 3;
  const data = new Uint8Array(widthPx * heightPx * channels);
  for (let y = 0, to = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++, to += channels) {
      const bit = x * bits;
      const byte = file[rowAt(y) + (bit >> 3)]!;
      const colour = 4 * ((byte >> (8 - bits - (bit & 7))) & (2 ** bits - 1));
      for (let c = 0; c < channels; c++) data[to + c] = palette[colour + 2 - c] ?? 0;
    }
  }
  return { widthPx, heightPx, channels, data };
}

function isGrayPalette(palette: Uint8Array): boolean {
  for (let i = 0; i + 3 < palette.length; i += 4) {
    if (palette[i] !== palette[i + 1] || palette[i] !== palette[i + 2]) return false;
  }
  return true;
}
