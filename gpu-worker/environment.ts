/** What a model is marked with, so that a lab can say later how it was made. */
import { version_core } from '@tensorflow/tfjs-core';
import packageJson from '../package.json' with { type: 'json' };
import type { Environment } from '../src/contract/portable-model.ts';

/** @param device as the device describes itself. */
export function environmentOn(device: string): Environment {
  return { sleap_microservice: packageJson.version, tfjs: version_core, node: process.version, device };
}
