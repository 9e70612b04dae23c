/** Which apt sources the download of a Vulkan driver may read: the machine's own release and its backports, whatever notation they are in. */
import { expect, it } from 'vitest';
import { withBackports } from '../support/apt-sources.ts';

it('adds backports to the stanza of the release and drops other vendors', () => {
  const stanzas = [
    '# the main archive',
    'Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\nSigned-By: /keys.gpg',
    '',
    'Types: deb\nURIs: https://vendor.example\nSuites: nodistro\nComponents: main',
    '',
    'Types: deb\nEnabled: no\nURIs: http://mirror.example/debian\nSuites: bookworm\nComponents: main',
  ].join('\n');
  expect(withBackports({ lines: '', stanzas }, 'bookworm')?.stanzas).toBe(
    'Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates bookworm-backports\nComponents: main\nSigned-By: /keys.gpg\n',
  );
});

it('adds a line of backports after the line of the release', () => {
  const lines = [
    'deb [signed-by=/keys.gpg] http://mirror.example/debian trixie main',
    'deb http://security.example/debian trixie-security main',
    'deb-src http://mirror.example/debian trixie main',
    'deb https://vendor.example/apt stable main',
  ].join('\n');
  expect(withBackports({ lines, stanzas: '' }, 'trixie')?.lines.trim().split('\n')).toEqual([
    'deb [signed-by=/keys.gpg] http://mirror.example/debian trixie main',
    'deb [signed-by=/keys.gpg] http://mirror.example/debian trixie-backports main',
    'deb http://security.example/debian trixie-security main',
  ]);
});

it('finds nothing where the release itself is not among the sources', () => {
  expect(withBackports({ lines: 'deb https://vendor.example/apt stable main', stanzas: '' }, 'trixie')).toBeNull();
});
