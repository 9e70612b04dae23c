/** A bucket of its own for a test file, on an S3 server that checks signatures, behind a line that can be made to fail. */

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { AwsClient } from 'aws4fetch';
import { afterAll, beforeAll, inject } from 'vitest';
import type { S3Settings } from '../../src/blobs/s3-request.ts';
import { BadLine } from './bad-line.ts';
import { until } from './uploads.ts';

export interface TestBucket {
  readonly settings: S3Settings;
  readonly line: BadLine;
  /** Of the objects in it. */
  keys(): Promise<string[]>;
  /** Of uploads to it that were not finished. */
  openUploads(): Promise<string[]>;
  /** The variables that make a service use it; to be read when it is there. */
  readonly environment: Record<string, string>;
}

/** Call at the top of a test file; the bucket is there once its tests run. */
export function useBucket(): TestBucket {
  const { port, ...keys } = inject('s3');
  const failure = inject('s3Failure');
  const bucket = `blobs-${randomBytes(4).toString('hex')}`;
  const direct = `http://127.0.0.1:${port}/${bucket}`;
  const client = new AwsClient({ ...keys, service: 's3', region: 'us-east-1', retries: 0 });
  let line: BadLine | null = null;

  beforeAll(async () => {
    const create = async () => {
      if (existsSync(failure)) throw new Error(readFileSync(failure, 'utf8'));
      return client.fetch(direct, { method: 'PUT' }).then(
        response => response.status,
        () => 0,
      );
    };
    await until(create, status => status === 200, 60_000);
    // It takes requests a moment before it can store anything.
    const store = async () => (await client.fetch(`${direct}/first`, { method: 'PUT', body: 'x' })).status;
    await until(store, status => status === 200, 20_000);
    await client.fetch(`${direct}/first`, { method: 'DELETE' });
    line = await BadLine.to(port);
  });
  afterAll(() => line?.close());

  const list = async (query: string) => {
    const xml = await (await client.fetch(`${direct}?${query}`)).text();
    return [...xml.matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key]) => key!);
  };
  return {
    get settings() {
      return { endpoint: line!.url, bucket, region: 'us-east-1', pausesMs: [2, 4, 6, 8], ...keys };
    },
    get line() {
      return line!;
    },
    keys: () => list('list-type=2'),
    openUploads: () => list('uploads'),
    environment: {
      get S3_ENDPOINT() {
        return line!.url;
      },
      ...{ BLOB_STORE: 's3', S3_BUCKET: bucket },
      ...{ S3_ACCESS_KEY_ID: keys.accessKeyId, S3_SECRET_ACCESS_KEY: keys.secretAccessKey },
    },
  };
}
