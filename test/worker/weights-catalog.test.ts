/** The table of published weights is complete and well formed; whether it is true only the publishers can tell. */
import { expect, test } from 'vitest';
import { CATALOG, weightsOf } from '../../gpu-worker/weights/catalog.ts';
import { ENCODERS } from '../../src/contract/encoders.ts';

const RESNETS = ['ResNet50', 'ResNet101', 'ResNet152'] as const;

test('every encoder of the contract and every resnet has one file', () => {
  expect(CATALOG.map(({ network }) => network).toSorted()).toEqual([...ENCODERS, ...RESNETS].toSorted());
  for (const network of [...ENCODERS, ...RESNETS]) expect(weightsOf(network)).toMatchObject({ network });
});

test('hashes have the length of their kind and occur once', () => {
  const hashes = CATALOG.flatMap(({ hash }) => hash ?? []);
  for (const { kind, hex } of hashes) expect(hex).toMatch(kind === 'md5' ? /^[0-9a-f]{32}$/ : /^[0-9a-f]{64}$/);
  expect(new Set(hashes.map(({ hex }) => hex)).size).toBe(hashes.length);
});

test('only the two mobilenets have no published hash', () => {
  expect(CATALOG.filter(({ hash }) => hash === null).map(({ network }) => network)).toEqual([
    'mobilenet',
    'mobilenetv2',
  ]);
});

test('file names are plain and differ even where case does not count', () => {
  for (const { file } of CATALOG) expect(file).toMatch(/^[\w.-]+\.h5$/);
  expect(new Set(CATALOG.map(({ file }) => file.toLowerCase())).size).toBe(CATALOG.length);
});

test('a URL is https and ends with the file name', () => {
  for (const { url, file } of CATALOG) {
    expect(new URL(url).protocol).toBe('https:');
    expect(url.endsWith(`/${file}`)).toBe(true);
  }
});

test('a licence, an origin and a size stand with each', () => {
  for (const { licence, origin, megabytes } of CATALOG) {
    expect(['CC BY 4.0', 'Apache-2.0', 'BSD-3-Clause', 'MIT', 'not stated']).toContain(licence);
    expect(origin).not.toBe('');
    expect(megabytes).toBeGreaterThan(5);
  }
});
