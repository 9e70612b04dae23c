/**
 * What is wrong with an archive that 7-Zip could not unpack, as a sentence for the person who packed it.
 *
 * To tell a wrong password from damage is not always possible: a 7z keeps no check of its password, so the wrong one yields noise, and
 * noise fails as damage does. Three things speak for the password: that the encrypted list of names came out, that any encrypted file
 * came out with the right checksum, and in a zip its own check. Without them the password is blamed, and the remedy names both.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { AppError } from '../../src/errors.ts';
import { type LayerType, type Outcome, openSevenZip } from './seven-zip.ts';

/** AES-256 with SHA-256, in 7z's list of methods. */
const AES_CODER = Buffer.from('06f10701', 'hex');
/** How 7-Zip reports a file that did not come out. */
const FAILED_FILE = /^ERROR: (?:CRC Failed|Data Error|Headers Error|Unexpected end|Wrong password).*? : (.+)$/;
/** Layers of one file without a name; 7-Zip makes one up. */
const NAMELESS: readonly LayerType[] = ['gzip', 'xz', 'bzip2'];
/** A name in a sentence is no longer than this. */
const NAME_CHARACTERS = 120;

/** @param password that was given. @param outcome of the attempt to unpack, which failed. */
export async function complaintOf(
  path: string,
  type: LayerType,
  password: string | null,
  outcome: Outcome,
): Promise<AppError> {
  const text = outcome.lines.join('\n');
  if (outcome.died || /wrong password/i.test(text) || hasEncryptedNames(path)) {
    const failed = new Set(outcome.lines.map(line => FAILED_FILE.exec(line)?.[1] ?? ''));
    const hint = await passwordHint(path, type, password, failed);
    if (hint !== 'not encrypted' && password === null) return passwordNeeded();
    if (hint === 'wrong' || /^ERROR: Wrong password : /m.test(text)) return passwordWrong();
  }
  return damage(NAMELESS.includes(type) ? text.replace(/ : [^:\n]+$/gm, '') : text);
}

/** Whether the archive is encrypted at all, and if so whether the password fits, by what came out. */
async function passwordHint(
  path: string,
  type: LayerType,
  password: string | null,
  failed: ReadonlySet<string>,
): Promise<'not encrypted' | 'fits' | 'wrong'> {
  if (type !== '7z' && type !== 'zip') return 'not encrypted';
  let [encrypted, cameOut] = [0, 0];
  let [name, sizeBytes] = ['', 0];
  const list = await openSevenZip(path, type, password, line => {
    const [, key, value = ''] = /^(?:.* )?(Path|Size|Encrypted) = (.*)$/.exec(line) ?? [];
    if (key === 'Path') [name, sizeBytes] = [value, 0];
    if (key === 'Size') sizeBytes = Number(value);
    if (key !== 'Encrypted' || value !== '+') return;
    encrypted++;
    if (sizeBytes > 0 && !failed.has(name)) cameOut++;
  });
  const { succeeded } = list.run(['l', '-slt', '-ba']);
  if (hasEncryptedNames(path)) return succeeded ? 'fits' : 'wrong';
  if (encrypted === 0) return 'not encrypted';
  return cameOut > 0 && failed.size > 0 ? 'fits' : 'wrong';
}

function passwordNeeded(): AppError {
  return new AppError('password_needed', 'The archive is encrypted and no password was given.', {
    remedy: 'Send its password as "dataset_password", or pack it without encryption; a model is always packed without.',
  });
}

function passwordWrong(): AppError {
  return new AppError('password_wrong', 'The password does not open the archive.', {
    remedy:
      'Send the right "dataset_password"; if it is right, the archive is damaged: pack it again and upload it again.',
  });
}

/** What 7-Zip's lines say, the first that fits; the name in the sentence is the group of the pattern. */
const FAULTS: { pattern: RegExp; sentence: (name: string) => string; remedy: string }[] = [
  {
    pattern: /unexpected end/i,
    sentence: () => 'The archive was cut short: its end is missing.',
    remedy: 'Upload it again; if that does not help, pack it again.',
  },
  {
    pattern: /errno=(?:54|55|31) : [^:]+ : (.+)$/m, // ENOTDIR, ENOTEMPTY, EISDIR
    sentence: name => `The archive holds a file and a folder of the same name, which shows at "${name}".`,
    remedy: 'Rename one of them and pack them again.',
  },
  {
    pattern: /^ERROR: Cannot create hard link : errno=\d+ : [^:]+ : (.+?) : .*$/m,
    sentence: name => `The archive holds hard links, which are not unpacked: "${name}" is one.`,
    remedy: 'Pack the files as 7z or zip, or with tar --hard-dereference.',
  },
  {
    pattern: /errno=37 : [^:]+ : (.+)$/m, // ENAMETOOLONG
    sentence: name => `The archive holds a name that is too long: "${name}".`,
    remedy: 'Give files and folders names of at most 80 characters and pack them again.',
  },
  {
    pattern: /^ERROR: Cannot (?:open|create) .*errno=\d+ : [^:]+ : (.+)$/m,
    sentence: name => `The archive holds a name that cannot be unpacked: "${name}".`,
    remedy: 'Give files and folders names of Latin letters and pack them again.',
  },
  {
    pattern: /can't allocate|can not allocate/i,
    sentence: () =>
      'The archive needs more memory to unpack than there is: it was packed with a very large dictionary.',
    remedy: 'Pack it again with a smaller dictionary, 64 MB at most.',
  },
  {
    pattern: /^ERROR: Unsupported Method : (.+)$/m,
    sentence: name => `The archive is packed with a method that cannot be read here: "${name}".`,
    remedy: 'Pack it again with 7-Zip, format 7z.',
  },
  {
    pattern: new RegExp(FAILED_FILE.source, 'm'),
    sentence: name => `The archive is damaged at "${name}".`,
    remedy: 'Pack it again and upload it again.',
  },
];

/** With no lines at all 7-Zip died of an exception, which only damage was seen to cause. */
function damage(text: string): AppError {
  for (const { pattern, sentence, remedy } of FAULTS) {
    const found = pattern.exec(text);
    if (found) return new AppError('archive_invalid', sentence(shownName(found[1] ?? '')), { remedy });
  }
  return new AppError('archive_invalid', 'The archive is damaged.', {
    remedy: 'Pack it again and upload it again.',
    ...(text !== '' && { cause: text }),
  });
}

/** A name as it may stand in a sentence: without control codes, and not endless. */
export function shownName(name: string): string {
  const printable = name.replace(/[\p{Cc}\p{Cs}]/gu, '\ufffd');
  return printable.length > NAME_CHARACTERS ? `${printable.slice(0, NAME_CHARACTERS)}…` : printable;
}

/**
 * True for a 7z whose list of names is encrypted. The wrong key turns it into noise, on which 7-Zip often dies instead of asking for
 * a password. By 7zFormat.txt: where the end header starts stands at byte 12, its first byte 0x17 says that it is packed itself, and
 * the coders that packed it follow.
 */
function hasEncryptedNames(path: string): boolean {
  const file = openSync(path, 'r');
  const start = Buffer.alloc(32);
  const end = Buffer.alloc(256);
  const is7z = readSync(file, start, 0, 32, 0) === 32 && start.readUInt32BE(0) === 0x377abcaf;
  if (is7z) readSync(file, end, 0, end.length, BigInt.asUintN(48, start.readBigUInt64LE(12)) + 32n);
  closeSync(file);
  return end[0] === 0x17 && end.includes(AES_CODER);
}
