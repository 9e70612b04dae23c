/**
 * The apt sources of a machine, cut down to its own Debian release and extended by that release's backports: same mirror, same keys.
 * Both notations: a line each (sources.list) and stanzas (*.sources, deb822).
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface AptSources {
  /** Of sources.list. */
  lines: string;
  /** Of a file *.sources. */
  stanzas: string;
}

/** What apt on this machine reads. @param folder /etc/apt */
export function machineSources(folder: string): AptSources {
  const parts = join(folder, 'sources.list.d');
  const names = existsSync(parts) ? readdirSync(parts).sort() : [];
  const read = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  const joined = (ending: string) => names.filter(name => name.endsWith(ending)).map(name => read(join(parts, name)));
  return {
    lines: [read(join(folder, 'sources.list')), ...joined('.list')].join('\n'),
    stanzas: joined('.sources').join('\n\n'),
  };
}

/**
 * @param release its code name, e.g. bookworm
 * @returns null when the sources do not have the release itself.
 */
export function withBackports({ lines, stanzas }: AptSources, release: string): AptSources | null {
  const ownLines = lines.split('\n').flatMap(line => lineOf(line, release));
  const ownStanzas = stanzas.split(/\n\s*\n/).flatMap(stanza => stanzaOf(stanza, release));
  const found = [...ownLines, ...ownStanzas].some(text => text.includes(`${release}-backports`));
  return found ? { lines: `${ownLines.join('\n')}\n`, stanzas: `${ownStanzas.join('\n\n')}\n` } : null;
}

/** `deb [options] uri suite components`: itself and its backports; nothing of another release's or vendor's. */
function lineOf(line: string, release: string): string[] {
  const parts = line.match(/^\s*(deb\s+(?:\[[^\]]*\]\s+)?\S+\s+)(\S+)(\s.*)$/);
  if (parts === null) return [];
  const [, before, suite, after] = parts as unknown as [string, string, string, string];
  if (suite === release) return [`${before}${suite}${after}`, `${before}${release}-backports${after}`];
  return suite.startsWith(`${release}-`) ? [line.trim()] : [];
}

function stanzaOf(stanza: string, release: string): string[] {
  const fields = stanza.split('\n').filter(line => line.trim() !== '' && !line.startsWith('#'));
  const suites = fields.find(line => /^Suites:/i.test(line))?.split(/\s+/) ?? [];
  const isOff =
    fields.some(line => /^Enabled:\s*no/i.test(line)) || !fields.some(line => /^Types:.*\bdeb\b/i.test(line));
  if (isOff || !suites.some(suite => suite === release || suite.startsWith(`${release}-`))) return [];
  const backports =
    suites.includes(release) && !suites.includes(`${release}-backports`) ? [`${release}-backports`] : [];
  return [fields.map(line => (/^Suites:/i.test(line) ? [...suites, ...backports].join(' ') : line)).join('\n')];
}
