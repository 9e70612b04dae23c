/** A backbone with SLEAP's defaults filled in, as a training_config has it. */
import { type AvailableBackbone, BACKBONE_SCHEMAS, type BackboneChoice } from '../../src/contract/backbones.ts';

export function backbone(model: AvailableBackbone, config: Record<string, unknown> = {}): BackboneChoice {
  return { backbone_model: model, backbone_config: BACKBONE_SCHEMAS[model].parse(config) } as BackboneChoice;
}
