/**
 * All configuration, parsed once from the environment; every fault is printed in one go.
 * Nothing else reads environment variables but the entry files, which pass them to readConfig().
 */
import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from './errors.ts';
import { LOG_LEVELS } from './log.ts';

const GiB = 2 ** 30;

const int = (fallback: number, least = 1) => z.coerce.number().int().min(least).default(fallback);

/** Comma-separated texts. */
const list = () =>
  z
    .string()
    .default('')
    .transform(text =>
      text
        .split(',')
        .map(part => part.trim())
        .filter(part => part !== ''),
    );

const environmentSchema = z
  .object({
    /** Address the API binds to. Beyond loopback API_KEYS must be set. */
    HOST: z.string().default('127.0.0.1'),
    PORT: z.coerce.number().int().min(0).max(65535).default(5000),
    /** Embedded database, weights and scratch space of `npm start`. */
    DATA_DIR: z.string().default('.data'),
    /** Downloaded ImageNet weights; several hosts may share it. Absent: `weights` below DATA_DIR. */
    WEIGHTS_DIR: z.string().optional(),
    /** Where weights are fetched from instead of the published URLs: the file's name is appended. */
    WEIGHTS_MIRROR: z.url({ protocol: /^https?$/, error: 'starts with http:// or https://' }).optional(),
    /** What a training that does not say gets: ImageNet weights if they can be had, else random ones with a warning; or `require` them. */
    PRETRAINED_WEIGHTS: z.enum(['auto', 'require']).default('auto'),
    /** A Postgres 15 or newer; absent: the embedded one under DATA_DIR. */
    DATABASE_URL: z
      .string()
      .regex(/^postgres(ql)?:\/\//, 'starts with postgres://')
      .optional(),
    /** Comma-separated keys; a request then needs one as Bearer token or Basic password. */
    API_KEYS: list(),
    /** Comma-separated origins, such as https://lab.example, whose pages may call the API from a browser; `*`: any; absent: none. */
    CORS_ORIGINS: list(),
    /** How the API learns of changes: listen needs a connection that stays (LISTEN); poll asks every POLL_SECONDS, and prepares no statements, behind a pooler. */
    CHANGES: z.enum(['listen', 'poll']).default('listen'),
    /** Workers that `npm start` runs. */
    WORKERS: int(1, 0),
    /** auto takes a hardware WebGPU adapter if there is one, else WASM. webgpu takes any adapter, a software one too. */
    BACKEND: z.enum(['auto', 'webgpu', 'wasm']).default('auto'),
    /** Part of the name of the GPU that a worker takes, where there are several; absent: the fastest. */
    GPU_ADAPTER: z.string().min(1).optional(),
    /** Most memory that a worker takes of its GPU, in MiB; absent: what there is. A batch that needs more is computed in pieces. */
    GPU_MEMORY_MB: z.coerce.number().int().min(1).optional(),
    /** Threads that a worker computes with on the CPU; absent: one per core, at most eight. */
    CPU_THREADS: z.coerce.number().int().min(1).max(64).optional(),
    /** Threads that decode one video at a time, at most; absent: one per core, at most eight. Further ones begin only while the network waits. */
    DECODERS: z.coerce.number().int().min(1).max(64).optional(),
    LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
    LOG_FORMAT: z.enum(['text', 'json']).default('text'),
    /** Largest dataset or video, after base64 decoding. */
    MAX_UPLOAD_BYTES: int(8 * GiB),
    /** How long an upload that no request has used is kept after its last piece arrived. */
    UPLOAD_HOURS: int(24),
    /** Where datasets, videos and weights lie: in the database, or in a bucket of an S3 service. */
    BLOB_STORE: z.enum(['postgres', 's3']).default('postgres'),
    /** Such as https://s3.eu-central-1.amazonaws.com; the bucket becomes the first part of the path. */
    S3_ENDPOINT: z.url({ protocol: /^https?$/, error: 'starts with http:// or https://' }).optional(),
    /** Where clients reach the same service, if that is elsewhere: the addresses of downloads begin with it. */
    S3_PUBLIC_ENDPOINT: z.url({ protocol: /^https?$/, error: 'starts with http:// or https://' }).optional(),
    S3_BUCKET: z.string().min(1).optional(),
    S3_REGION: z.string().default('us-east-1'),
    S3_ACCESS_KEY_ID: z.string().optional(),
    S3_SECRET_ACCESS_KEY: z.string().optional(),
    /** What keys begin with, for a bucket that is shared. */
    S3_PREFIX: z.string().default(''),
    /** Lines of a task's log that are kept. */
    TASK_LOG_LINES: int(5000),
    /** How long a webhook's receiver may take to answer. */
    WEBHOOK_TIMEOUT_SECONDS: int(15),
    /** Largest part of a JSON body that is not the base64 file. */
    MAX_JSON_BYTES: int(2 ** 20),
    /** Largest sum of unpacked bytes of a dataset. */
    MAX_ARCHIVE_BYTES: int(32 * GiB),
    MAX_ARCHIVE_ENTRIES: int(200_000),
    /** Largest width or height of an image or a video. */
    MAX_IMAGE_SIDE_PX: int(8192),
    /** Decoded training images kept in memory; beyond it they are decoded again each time. */
    IMAGE_CACHE_BYTES: int(2 * GiB, 0),
    /** How long a worker that fell silent keeps its task. */
    LEASE_SECONDS: int(20, 2),
    /** How often a task is tried before it fails with worker_lost. */
    MAX_ATTEMPTS: int(3),
    /** Least time between two checkpoints in mid-epoch; at most a twentieth of the time goes into writing them. */
    CHECKPOINT_SECONDS: z.coerce.number().min(0).default(120),
    /**
     * How long an ended training's checkpoint is kept for another one to go on from, optimiser and all; 0: not at all. Without it
     * resume_from begins with the weights alone. A checkpoint takes four times the space of the weights.
     */
    KEEP_CHECKPOINT_DAYS: z.coerce.number().int().min(0).max(36_500).default(30),
    /** How often a worker or a live page asks the database when no notification came. */
    POLL_SECONDS: z.coerce.number().min(0.05).default(2),
    /** How long a stopping worker waits for the running batch before it leaves the task to another. */
    DRAIN_SECONDS: int(20),
  })
  .refine(env => isLoopback(env.HOST) || env.API_KEYS.length > 0, {
    path: ['API_KEYS'],
    message: 'set API_KEYS: HOST is reachable from other machines',
    when: () => true, // also beside other faults: all are told at once
  })
  .superRefine((env, context) => {
    if (env.BLOB_STORE !== 's3') return;
    for (const name of ['S3_ENDPOINT', 'S3_BUCKET', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'] as const)
      if (env[name] === undefined)
        context.addIssue({ code: 'custom', path: [name], message: 'is needed where BLOB_STORE is s3' });
  })
  .transform(env => ({ ...env, WEIGHTS_DIR: env.WEIGHTS_DIR ?? join(env.DATA_DIR, 'weights') }));

export type Config = z.output<typeof environmentSchema>;

/**
 * Reads the configuration from environment variables.
 * @throws AppError configuration_invalid naming every faulty variable.
 */
export function readConfig(environment: Record<string, string | undefined>): Config {
  // An empty variable means "not set": that is how compose files and shells pass an absent one.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(issue => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new AppError('configuration_invalid', `The configuration has ${faults.length} fault(s):\n${faults.join('\n')}`);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
