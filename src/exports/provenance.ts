/** Where a file of predictions comes from, in the words of its `provenance`: SLEAP keeps a dictionary there and asks for no particular keys. */
import type { Predictions } from './predictions.ts';

/** A list of frames may be long, and an attribute of HDF5 is not. */
const MAX_TEXT_LENGTH = 1000;

export function provenance(predictions: Predictions): Record<string, unknown> {
  const { modelUid, resultsId, fileName, inferenceConfig, createdAt } = predictions;
  const shortened = Object.entries(inferenceConfig).map(([key, value]) => [
    key,
    typeof value === 'string' && value.length > MAX_TEXT_LENGTH ? `${value.slice(0, MAX_TEXT_LENGTH)}…` : value,
  ]);
  return {
    software: 'sleap-microservice',
    model_uid: modelUid,
    results_id: resultsId,
    video: fileName,
    inference_config: Object.fromEntries(shortened),
    created_at: createdAt.toISOString(),
  };
}
