/**
 * Settings of an inference and of an overlay as they stand in a form: text in every field, empty for "as the service thinks best". They are
 * checked against the service's own schemas, so that the form accepts what the service accepts; which field is at fault is all that is
 * taken from it, as its sentences are for programs.
 */
import {
  type InferenceConfig,
  type InferenceConfigInput,
  inferenceConfigSchema,
  type OverlayConfig,
  type OverlayConfigInput,
  overlayConfigSchema,
} from '../../src/contract/inference.ts';

/** '' of refinement is the service's null: whole pixels. */
export interface InferenceText {
  peak_threshold: string;
  refinement: string;
  frames: string;
  frame_step: string;
  batch_size: string;
  precision: string;
}

export interface OverlayText {
  radius_px: string;
  trail_length: string;
  peak_threshold: string;
}

export interface ReadSettings<Config, Text> {
  config: Config;
  /** Fields that the service would refuse. */
  faults: (keyof Text)[];
}

/** The form for a configuration that is in force. */
export function inferenceText(config: InferenceConfig = inferenceConfigSchema.parse({})): InferenceText {
  const { peak_threshold, refinement, frames, frame_step, batch_size, precision } = config;
  return {
    peak_threshold: String(peak_threshold),
    refinement: refinement ?? '',
    frames: frames ?? '',
    frame_step: String(frame_step),
    batch_size: textOf(batch_size),
    precision,
  };
}

export function readInferenceText(text: InferenceText): ReadSettings<InferenceConfigInput, InferenceText> {
  const config = {
    peak_threshold: numberIn(text.peak_threshold),
    refinement: text.refinement === '' ? null : text.refinement,
    frames: text.frames.trim() === '' ? null : text.frames.trim(),
    frame_step: numberIn(text.frame_step),
    batch_size: numberIn(text.batch_size) ?? null,
    precision: text.precision,
  };
  return { config: config as InferenceConfigInput, faults: faultsOf(inferenceConfigSchema.safeParse(config)) };
}

export function overlayText(config: OverlayConfig = overlayConfigSchema.parse({})): OverlayText {
  const { radius_px, trail_length, peak_threshold } = config;
  return {
    radius_px: textOf(radius_px),
    trail_length: String(trail_length),
    peak_threshold: textOf(peak_threshold),
  };
}

export function readOverlayText(text: OverlayText): ReadSettings<OverlayConfigInput, OverlayText> {
  const config = {
    radius_px: numberIn(text.radius_px) ?? null,
    trail_length: numberIn(text.trail_length),
    peak_threshold: numberIn(text.peak_threshold) ?? null,
  };
  return { config, faults: faultsOf(overlayConfigSchema.safeParse(config)) };
}

function textOf(number: number | null): string {
  return number === null ? '' : String(number);
}

/** A comma is a decimal point too. @returns undefined for an empty field; NaN, which no schema takes, for what is no number. */
function numberIn(text: string): number | undefined {
  const trimmed = text.trim();
  return trimmed === '' ? undefined : Number(trimmed.replace(',', '.'));
}

function faultsOf<Field>(parsed: { success: boolean; error?: { issues: { path: PropertyKey[] }[] } }): Field[] {
  return [...new Set(parsed.error?.issues.map(({ path }) => path[0] as Field))];
}
