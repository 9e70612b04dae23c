/**
 * What a file that cannot be used looks like, from its first bytes, so that the refusal can name it: people send the wrong file, a page
 * of an expired link, or base64 of base64. A guess for a sentence, nothing decides by it.
 *
 * Signatures: the formats' own specifications, as the list of file(1) has them.
 */
export interface FileLook {
  /** As in "The dataset looks like …"; null: like nothing known. */
  looksLike: string | null;
  /** What to do about this kind of file; null: nothing particular. */
  remedy: string | null;
}

const REPACK = 'Unpack it and pack the files again with 7-Zip, format 7z or zip.';
const PACK_IMAGES = 'Pack the labels and the images together with 7-Zip, format 7z, and send that file.';
const ENCODE_ONCE = 'Encode the bytes of the file once, without a "data:" prefix, or send it as a part of a form.';

/** Bytes as Latin-1 characters, control codes as ␀: where the beginning matches, what it looks like, and what to do. */
const LOOKS: [RegExp, string, string | null][] = [
  [/^Rar!␀␀/, 'a RAR archive', REPACK],
  [/^\x28\xb5\x2f\xfd/, 'a Zstandard archive', REPACK],
  [/^MZ.␀/s, 'a Windows program, perhaps an archive that unpacks itself', REPACK],
  [/^PK␀␀/, 'a part of a zip archive of several volumes', REPACK],
  [/^%PDF-/, 'a PDF', null],
  [/^(\x89PNG|\xff\xd8\xff|GIF8|BM.{4}␀{4}|II\*␀|MM␀\*|RIFF.{4}WEBP)/s, 'an image', PACK_IMAGES],
  [/^(.{4}ftyp|␀E\xdf\xa3|RIFF.{4}AVI )/s, 'a video', PACK_IMAGES],
  [
    /^\s*(<!doctype html|<html)/i,
    'an HTML page',
    'Look at what was downloaded: it may be the page of an expired link.',
  ],
  [/^\s*<\?xml/, 'an XML file', PACK_IMAGES],
  [/^\s*[[{]/, 'JSON', PACK_IMAGES],
  [/^data:[^,]{0,80};base64,/, 'a data URL', ENCODE_ONCE],
  [/^(N3q8ryc|UEsDB|H4sI|\/Td6WF|Qlpo|iUhERg)/, 'base64 text, so it was encoded twice', ENCODE_ONCE],
  [/^[^\n␀]*[,;\t][^\n␀]*\n[^␀]*$/, 'a table (CSV)', PACK_IMAGES],
];

/** @param start the first bytes of the file, some hundred at least if it has them. Never throws. */
export function lookOf(start: Uint8Array): FileLook {
  const characters = Array.from(start.subarray(0, 512), byte =>
    isControlCode(byte) ? '␀' : String.fromCharCode(byte),
  );
  const text = characters.join('').replace(/^\xef\xbb\xbf/, '');
  if (start.every(byte => byte === 0))
    return { looksLike: 'zeros, as an interrupted copy leaves them', remedy: 'Copy the file again.' };
  const known = LOOKS.find(([beginning]) => beginning.test(text));
  if (known) return { looksLike: known[1], remedy: known[2] };
  return { looksLike: text.includes('␀') ? null : 'a text file', remedy: null };
}

function isControlCode(byte: number): boolean {
  return byte < 32 && !(byte >= 9 && byte <= 13);
}
