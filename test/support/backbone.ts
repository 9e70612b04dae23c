/** A backbone with SLEAP's defaults filled in, as a training_config has it. */
import { BACKBONE_SCHEMAS, type Backbone, type BackboneChoice } from '../../src/contract/backbones.ts';

export function backbone(model: Backbone, config: Record<string, unknown> = {}): BackboneChoice {
  return { backbone_model: model, backbone_config: BACKBONE_SCHEMAS[model].parse(config) } as BackboneChoice;
}
