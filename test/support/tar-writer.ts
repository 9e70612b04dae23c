/**
 * Writes tars by hand, for names and kinds of entries that no packer writes.
 *
 * POSIX ustar (pax, "ustar Interchange Format"), the GNU long name (type L), and headers from before ustar, without its magic.
 */
export interface TarEntryOptions {
  /** '0' a file, '1' a hard link, '2' a symbolic link, '3' and '4' devices, '5' a folder, '6' a FIFO, 'L' a long name, 'x' pax. */
  kind?: string;
  link?: string;
  content?: string | Uint8Array;
  mode?: string;
  /** False: as tar wrote them before 1988. */
  ustar?: boolean;
  /** What the header says of the size, if not the truth. */
  claimedBytes?: number;
}

/** Header and content of one entry. @param name bytes may be of any code page. */
export function tarEntry(name: string | Uint8Array, options: TarEntryOptions = {}): Buffer {
  const { kind = '0', link = '', mode = '0000644', ustar = true } = options;
  const content = Buffer.from(options.content ?? '');
  const header = Buffer.alloc(512);
  header.set(Buffer.from(name).subarray(0, 100), 0);
  header.write(`${mode}\0${'0000000\0'.repeat(2)}`, 100);
  const size = (options.claimedBytes ?? content.length).toString(8).padStart(11, '0');
  header.write(`${size}\0${'0'.repeat(11)}\0`, 124);
  header.write(`        ${kind}${link}`, 148);
  if (ustar) header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0`, 148);
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

/** An entry whose name is longer than the 100 bytes of a header, as GNU tar writes it. */
export function longNamedTarEntry(name: string, options: TarEntryOptions = {}): Buffer {
  return Buffer.concat([tarEntry('././@LongLink', { kind: 'L', content: `${name}\0` }), tarEntry(name, options)]);
}

/** The entries with the end of a tar behind them. */
export function tarOf(entries: readonly Uint8Array[]): Buffer {
  return Buffer.concat([...entries, Buffer.alloc(1024)]);
}
