import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { AppError } from '../../src/errors.ts';

function faultsOf(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof AppError && error.code === 'configuration_invalid') return error.message;
    throw error;
  }
  return '';
}

describe('the configuration', () => {
  it('needs nothing: every variable has its default', () => {
    expect(readConfig({})).toEqual({
      HOST: '127.0.0.1',
      PORT: 5000,
      DATA_DIR: '.data',
      WEIGHTS_DIR: join('.data', 'weights'),
      PRETRAINED_WEIGHTS: 'auto',
      API_KEYS: [],
      CORS_ORIGINS: [],
      CHANGES: 'listen',
      WORKERS: 1,
      BACKEND: 'auto',
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'text',
      MAX_UPLOAD_BYTES: 8 * 2 ** 30,
      UPLOAD_HOURS: 24,
      BLOB_STORE: 'postgres',
      S3_REGION: 'us-east-1',
      S3_PREFIX: '',
      TASK_LOG_LINES: 5000,
      WEBHOOK_TIMEOUT_SECONDS: 15,
      MAX_JSON_BYTES: 2 ** 20,
      MAX_ARCHIVE_BYTES: 32 * 2 ** 30,
      MAX_ARCHIVE_ENTRIES: 200_000,
      MAX_IMAGE_SIDE_PX: 8192,
      IMAGE_CACHE_BYTES: 2 * 2 ** 30,
      LEASE_SECONDS: 20,
      MAX_ATTEMPTS: 3,
      CHECKPOINT_SECONDS: 120,
      KEEP_CHECKPOINT_DAYS: 30,
      POLL_SECONDS: 2,
      DRAIN_SECONDS: 20,
    });
  });

  it('counts an empty variable as not set, as compose files pass an absent one', () => {
    const empty = Object.fromEntries(
      ['HOST', 'PORT', 'DATABASE_URL', 'API_KEYS', 'BACKEND', 'LEASE_SECONDS'].map(name => [name, '']),
    );
    expect(readConfig(empty)).toEqual(readConfig({}));
    expect(readConfig({ PORT: undefined })).toEqual(readConfig({}));
  });

  it('puts the weights below DATA_DIR, unless they have a folder of their own', () => {
    expect(readConfig({ DATA_DIR: '/lab' }).WEIGHTS_DIR).toBe(join('/lab', 'weights'));
    expect(readConfig({ DATA_DIR: '/lab', WEIGHTS_DIR: '' }).WEIGHTS_DIR).toBe(join('/lab', 'weights'));
    expect(readConfig({ DATA_DIR: '/lab', WEIGHTS_DIR: '/shared' }).WEIGHTS_DIR).toBe('/shared');
  });

  it('takes an http or https URL for a mirror of the weights, and no other', () => {
    for (const WEIGHTS_MIRROR of ['http://mirror:8080/weights', 'https://lab.example/a/'])
      expect(readConfig({ WEIGHTS_MIRROR }).WEIGHTS_MIRROR).toBe(WEIGHTS_MIRROR);
    for (const WEIGHTS_MIRROR of ['ftp://mirror/', 'mirror/weights', '/srv/weights'])
      expect(faultsOf({ WEIGHTS_MIRROR })).toMatch(/^ {2}WEIGHTS_MIRROR: starts with http/m);
    expect(faultsOf({ PRETRAINED_WEIGHTS: 'never' })).toContain('PRETRAINED_WEIGHTS');
  });

  it('takes numbers from text, keys from a list with blanks, and passes over variables of others', () => {
    const config = readConfig({ PORT: '0', WORKERS: '0', POLL_SECONDS: '0.2', API_KEYS: ' a, b ,,c ', PATH: '/bin' });
    expect(config).toMatchObject({ PORT: 0, WORKERS: 0, POLL_SECONDS: 0.2, API_KEYS: ['a', 'b', 'c'] });
    expect(config).not.toHaveProperty('PATH');
  });

  it('names all faults in one message', () => {
    const message = faultsOf({
      PORT: '70000',
      WORKERS: 'two',
      BACKEND: 'cuda',
      LEASE_SECONDS: '1.5',
      DATABASE_URL: 'mysql://db',
      LOG_LEVEL: 'loud',
    });
    expect(message).toContain('6 fault(s)');
    for (const name of ['PORT', 'WORKERS', 'BACKEND', 'LEASE_SECONDS', 'DATABASE_URL', 'LOG_LEVEL']) {
      expect(message).toMatch(new RegExp(`^ {2}${name}: \\S`, 'm'));
    }
  });

  it.each(['0.0.0.0', '::', '192.168.1.5', 'gpu-host'])('refuses to listen on %s without keys', HOST => {
    expect(faultsOf({ HOST })).toMatch(/^ {2}API_KEYS: .*HOST/m);
    expect(faultsOf({ HOST, API_KEYS: ' , ' })).toMatch(/API_KEYS/);
    expect(readConfig({ HOST, API_KEYS: 'key' }).HOST).toBe(HOST);
  });

  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('listens on %s without keys', HOST => {
    expect(readConfig({ HOST }).HOST).toBe(HOST);
  });

  it('shows no value of a faulty variable: a DATABASE_URL holds a password', () => {
    expect(faultsOf({ DATABASE_URL: 'psql://me:secret@db' })).not.toContain('secret');
  });

  it('names missing keys together with the other faults', () => {
    const message = faultsOf({ HOST: '0.0.0.0', PORT: 'http', BACKEND: 'cuda' });
    for (const name of ['API_KEYS', 'PORT', 'BACKEND']) expect(message).toContain(`  ${name}: `);
  });

  it('asks for the bucket and its key where blobs are to lie in S3, and for all of it at once', () => {
    const message = faultsOf({ BLOB_STORE: 's3', S3_ENDPOINT: 'ftp://host' });
    for (const name of ['S3_ENDPOINT', 'S3_BUCKET', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'])
      expect(message).toContain(name);
  });
});
