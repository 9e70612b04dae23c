/**
 * config.json among a model's files: with best_model.h5 beside it, all that another service needs to use the model and go on from it, and
 * what a lab needs to say later how it was made. Lengths are pixels.
 *
 * training_config.json, its neighbour, tells the same to SLEAP, as far as SLEAP has words for it (sleap-job-write.ts).
 */
import { z } from 'zod';
import { frameCountsSchema, initialWeightsSchema, originSchema } from './model.ts';
import { skeletonSchema } from './pose.ts';

export const PORTABLE_FORMAT = 'sleap-microservice-model';

/** Where a network was trained. */
export const environmentSchema = z.object({
  /** Of this project. */
  sleap_microservice: z.string(),
  tfjs: z.string(),
  node: z.string(),
  /** "NVIDIA H100 (webgpu, f16)" or "CPU, wasm SIMD, 2 threads". */
  device: z.string(),
});
export type Environment = z.infer<typeof environmentSchema>;

export const portableModelSchema = z.object({
  format: z.literal(PORTABLE_FORMAT),
  format_version: z.literal(1),
  model_uid: z.uuid(),
  origin: originSchema,
  /** null: not known, as of a model from SLEAP. */
  environment: environmentSchema.nullable(),
  seed: z.int(),
  /** With every default filled in. */
  training_config: z.record(z.string(), z.unknown()),
  training_config_as_sent: z.record(z.string(), z.unknown()),
  skeleton: skeletonSchema,
  network_input: z.object({
    channels: z.union([z.literal(1), z.literal(3)]),
    /** null: not known, so frames keep their size. */
    width_px: z.int().min(1).nullable(),
    height_px: z.int().min(1).nullable(),
    /** The encoder kept the weights it began with. */
    frozen: z.boolean(),
  }),
  /** null: random numbers, no encoder, or not known. */
  initial_weights: initialWeightsSchema.nullable().default(null),
  /** Trainable numbers of the network. */
  parameters: z.int().nullable(),
  frames: frameCountsSchema.nullable(),
  best_epoch: z.int().nullable(),
  warnings: z.array(z.string()),
  created_at: z.iso.datetime(),
  finished_at: z.iso.datetime().nullable(),
});
export type PortableModel = z.infer<typeof portableModelSchema>;
