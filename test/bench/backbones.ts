/**
 * What each backbone costs with its default settings: the table of docs/backbones.md. Parameters are trainable numbers; a GMAC is 1e9
 * multiplications with an addition, for one frame of 640 x 480, padded to a multiple of max_stride as the network sees it.
 */
import { openDevice } from '../../gpu-worker/device/open.ts';
import { buildNetwork } from '../../gpu-worker/model/network.ts';
import type { Backbone } from '../../src/contract/backbones.ts';
import { ENCODERS } from '../../src/contract/encoders.ts';
import { headStrides } from '../../src/contract/head-strides.ts';
import { backbone } from '../support/backbone.ts';
import { truthOf } from '../support/network-truth.ts';

const [WIDTH_PX, HEIGHT_PX] = [640, 480];
const KEYPOINTS = 13;
const CASES: [Backbone, Record<string, unknown>, number[]][] = [
  ['unet', {}, [1, 2, 4, 8, 16]],
  ['leap', {}, [1, 2, 4, 8]],
  ['hourglass', {}, [1, 2, 4]],
  ['hourglass', { stacks: 1 }, [4]],
  ['resnet', {}, [1, 2, 4, 8, 16, 32]],
  ['resnet', { version: 'ResNet101' }, [4]],
  ['resnet', { version: 'ResNet152' }, [4]],
  ['resnet', { features: 'sleap-default' }, [4, 8, 16]],
  ...ENCODERS.map((encoder): (typeof CASES)[number] => ['pretrained_encoder', { encoder }, [4]]),
];

await openDevice('wasm', { threads: 2 });
console.log('| backbone | settings | stride | parameters | GMAC |\n|---|---|---|---|---|');
for (const [model, config, strides] of CASES) {
  const choice = backbone(model, config);
  const padded = (px: number) => Math.ceil(px / choice.backbone_config.max_stride) * choice.backbone_config.max_stride;
  for (const stride of strides.filter(each => headStrides(choice).includes(each))) {
    const frozen = 'weights' in choice.backbone_config && choice.backbone_config.weights === 'frozen';
    const network = buildNetwork({
      backbone: choice,
      headsOutputStride: stride,
      inputShape: [null, null, 1],
      keypoints: KEYPOINTS,
      seed: null,
      frozen,
    });
    const { parameters, multiplyAdds } = truthOf(network, [padded(HEIGHT_PX), padded(WIDTH_PX), 1]);
    const settings =
      Object.entries(config)
        .map(([name, value]) => `${name} ${value}`)
        .join(', ') || 'defaults';
    console.log(
      `| ${model} | ${settings} | ${stride} | ${parameters.toLocaleString('en')} | ${(multiplyAdds / 1e9).toFixed(1)} |`,
    );
    network.dispose();
  }
}
process.exit(0);
