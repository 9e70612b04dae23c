import fc from 'fast-check';
import { expect, it } from 'vitest';
import { attachmentAs, besideVideo, inlineAs } from '../../src/http/content-disposition.ts';

it.each([
  ['mouse 1.mp4', 'inline; filename="mouse 1.mp4"'],
  ['Mäuse.mp4', `inline; filename="M_use.mp4"; filename*=UTF-8''M%C3%A4use.mp4`],
  ['実験.mp4', `inline; filename="__.mp4"; filename*=UTF-8''%E5%AE%9F%E9%A8%93.mp4`],
  [
    `it's "1" (50%)*.mp4`,
    `inline; filename="it's _1_ (50_)*.mp4"; filename*=UTF-8''it%27s%20%221%22%20%2850%25%29%2A.mp4`,
  ],
  ['../etc\\a.mp4', 'inline; filename=".._etc_a.mp4"'],
  ['a\r\nSet-Cookie: b', 'inline; filename="a__Set-Cookie: b"'],
])('a file called %j', (name, header) => {
  expect(inlineAs(name)).toBe(header);
});

it('whatever a file is called, the header is one line of ASCII and its name is quoted whole', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), name => {
      expect(inlineAs(name)).toMatch(/^inline; filename="[^"\r\n]*"(; filename\*=UTF-8''[A-Za-z0-9!#$&+.^_`|~%-]*)?$/);
      expect(inlineAs(name)).toMatch(/^[\x20-\x7e]*$/);
    }),
  );
});

it('halves of surrogate pairs do no harm', () => {
  expect(inlineAs('a\ud800b')).toBe('inline; filename="a_b"');
});

it('a file to be saved at once has its name in the same way', () => {
  expect(attachmentAs('Mäuse.csv')).toBe(`attachment; filename="M_use.csv"; filename*=UTF-8''M%C3%A4use.csv`);
});

it.each([
  ['mouse 1.avi', 'mouse 1.overlay.mp4'],
  ['mouse', 'mouse.overlay.mp4'],
  ['2026.11.29 mouse.mpeg', '2026.11.29 mouse.overlay.mp4'],
  ['.avi', '.overlay.mp4'],
  [`${'x'.repeat(300)}.avi`, `${'x'.repeat(200)}.overlay.mp4`],
])('what is made of %s is called %s', (video, name) => {
  expect(besideVideo(video, 'overlay.mp4')).toBe(name);
});
