/** training_config, inference_config and overlay_config as named parts of the API's description, every field with its range and its default. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { BACKBONE_SCHEMAS, BACKBONES } from '../contract/backbones.ts';
import { inferenceConfigSchema, overlayConfigSchema } from '../contract/inference.ts';
import { trainingConfigSchema } from '../contract/training.ts';
import { type SentSchema, sentSchema } from './sent-schema.ts';

type ConfigName = 'TrainingConfigInput' | 'InferenceConfigInput' | 'OverlayConfigInput';

export function describeSentConfigs(app: OpenAPIHono): void {
  const schemas: Record<ConfigName, SentSchema> = {
    TrainingConfigInput: trainingConfig(),
    InferenceConfigInput: sentSchema(inferenceConfigSchema),
    OverlayConfigInput: sentSchema(overlayConfigSchema),
  };
  for (const [name, schema] of Object.entries(schemas)) app.openAPIRegistry.registerComponent('schemas', name, schema);
}

export function sentConfig(name: ConfigName): SentSchema {
  return { $ref: `#/components/schemas/${name}` };
}

/** The contract checks backbone_config apart from the rest, since its fields are those of the chosen backbone. */
function trainingConfig(): SentSchema {
  const { properties, required = [], ...rest } = sentSchema(trainingConfigSchema);
  const { description = 'Settings of the chosen backbone.' } = properties.backbone_config ?? {};
  const anyOf = BACKBONES.map(name => ({ title: name, ...sentSchema(BACKBONE_SCHEMAS[name]) }));
  return {
    description: 'What is not given of a training that goes on from a model (`resume_from`) is as it was there.',
    ...rest,
    properties: { ...properties, backbone_config: { description, anyOf } },
    anyOf: [{ required }, { required: ['resume_from'] }],
  };
}
