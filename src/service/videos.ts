/**
 * The video of an inference, as it was sent. It is kept as long as the inference, which refers to it: nothing collects it before.
 *
 * Its type is what its name says, and else what its first bytes say (the containers' own specifications: ISO/IEC 14496-12, Matroska,
 * RIFF, MPEG-1 and 2 systems, Ogg, FLV, ASF), in the words that browsers know. A wrong name harms nobody: a browser looks into a video before it
 * plays it. And nothing that is sent can become a page here, whatever it is called: there are no other types than these.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { eq } from 'drizzle-orm';
import { inferences } from '../db/schema.ts';
import { blobs } from '../db/schema-bytes.ts';
import { AppError } from '../errors.ts';
import type { ServiceContext } from './context.ts';
import { blobContent, type Content } from './file-content.ts';
import { requireResultsId } from './find.ts';

/** By the ending of the name, in lower case. */
const TYPES: Record<string, string> = {
  ...{ mp4: 'video/mp4', m4v: 'video/mp4', mov: 'video/quicktime', qt: 'video/quicktime' },
  ...{ webm: 'video/webm', mkv: 'video/x-matroska', avi: 'video/x-msvideo', ogv: 'video/ogg', ogg: 'video/ogg' },
  ...{ mpg: 'video/mpeg', mpeg: 'video/mpeg', mpe: 'video/mpeg', m2v: 'video/mpeg', vob: 'video/mpeg' },
  ...{ ts: 'video/mp2t', mts: 'video/mp2t', m2ts: 'video/mp2t', '3gp': 'video/3gpp', '3g2': 'video/3gpp2' },
  ...{ wmv: 'video/x-ms-wmv', asf: 'video/x-ms-asf', flv: 'video/x-flv' },
};

/** First bytes, in hex. */
const BEGINNINGS: [RegExp, string][] = [
  // ftyp and the brand: qt, 3g2…, 3gp…, any other.
  [/^.{8}667479707174/, 'video/quicktime'],
  [/^.{8}66747970336732/, 'video/3gpp2'],
  [/^.{8}66747970336770/, 'video/3gpp'],
  [/^.{8}66747970/, 'video/mp4'],
  // moov, mdat, wide, free, skip: QuickTime of before it had a type.
  [/^.{8}(6d6f6f76|6d646174|77696465|66726565|736b6970)/, 'video/quicktime'],
  // EBML; its DocType is webm or matroska.
  [/^1a45dfa3(..)*7765626d/, 'video/webm'],
  [/^1a45dfa3/, 'video/x-matroska'],
  // RIFF, AVI.
  [/^52494646.{8}41564920/, 'video/x-msvideo'],
  [/^000001(b3|ba)/, 'video/mpeg'],
  [/^4f676753/, 'video/ogg'],
  [/^464c5601/, 'video/x-flv'],
  [/^3026b2758e66cf11/, 'video/x-ms-asf'],
  // A packet of 188 bytes and the next.
  [/^47.{374}47/, 'video/mp2t'],
];
const BEGINNING_BYTES = 256;
const UNKNOWN = 'application/octet-stream';

/** Every type that a video may have here. */
export const VIDEO_TYPES = [...new Set([...Object.values(TYPES), UNKNOWN])];

export interface Video extends Content {
  /** As it was sent. */
  fileName: string;
  /** Content-Type. */
  type: string;
}

/** @throws AppError not_found. */
export async function openVideo(ctx: ServiceContext, resultsId: string): Promise<Video> {
  const id = requireResultsId(resultsId);
  const [row] = await ctx.client.db
    .select({ fileName: inferences.fileName, blob: blobs })
    .from(inferences)
    .innerJoin(blobs, eq(blobs.id, inferences.videoBlob))
    .where(eq(inferences.id, id));
  if (!row) throw new AppError('not_found', `Inference ${id} does not exist.`);
  const content = blobContent(ctx.blobs, row.blob);
  return { ...content, fileName: row.fileName, type: typeByName(row.fileName) ?? (await typeByContent(content)) };
}

function typeByName(fileName: string): string | null {
  const [, ending] = /\.(\w+)$/.exec(fileName.toLowerCase()) ?? [];
  return ending !== undefined && Object.hasOwn(TYPES, ending) ? TYPES[ending]! : null;
}

async function typeByContent({ sizeBytes, pieces }: Content): Promise<string> {
  if (sizeBytes === 0) return UNKNOWN;
  let hex = '';
  for await (const piece of pieces({ first: 0, last: Math.min(BEGINNING_BYTES, sizeBytes) - 1 }))
    hex += bytesToHex(piece);
  return BEGINNINGS.find(([beginning]) => beginning.test(hex))?.[1] ?? UNKNOWN;
}
