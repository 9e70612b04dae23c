/**
 * The published ImageNet weights: which file belongs to a network, where it lies, its hash, its licence and where it comes from.
 *
 * Names are those of `pretrained_encoder`, and `ResNet50`, `ResNet101`, `ResNet152` for the versions of the `resnet` backbone, which are
 * other files than the encoders `resnet50` and so on. All are networks without their classifier ("notop"), in Keras's HDF5 layout.
 *
 * URLs and hashes are those in the sources that SLEAP 1.3 reaches: image-classifiers 1.0.0, keras-applications 1.0.8, efficientnet 1.0.0
 * (1.1.1 has the same) and, for the resnet backbone, keras 2.8.0. MobileNet and MobileNetV2 are published without a hash. A licence is what
 * the publisher or the Keras documentation states of the weights; the code's own licence is not taken for theirs. Sizes are four bytes a
 * parameter, rounded. Nothing is bundled. EfficientNet's "noisy student" files, which SLEAP cannot load, are left out.
 */
import type { ResNetConfig } from '../../src/contract/backbones.ts';
import type { Encoder } from '../../src/contract/encoders.ts';

/** A network that has ImageNet weights. */
export type PretrainedNetwork = Encoder | ResNetConfig['version'];

interface PublishedHash {
  kind: 'md5' | 'sha256';
  hex: string;
}

export interface PublishedWeights {
  network: PretrainedNetwork;
  /** Its name in the folder of weights, and on a mirror. */
  file: string;
  url: string;
  /** null: the publisher gives none. */
  hash: PublishedHash | null;
  /** Approximate. */
  megabytes: number;
  licence: string;
  origin: string;
}

interface Release {
  /** What precedes the file name. */
  base: string;
  fileOf(network: PretrainedNetwork): string;
  hash: PublishedHash['kind'];
  licence: string;
  origin: string;
  /** Network, size in MB, hash. */
  networks: [PretrainedNetwork, number, string | null][];
}

const CHOLLET = 'https://github.com/fchollet/deep-learning-models/releases/download/';
const QUBVEL = {
  base: 'https://github.com/qubvel/classification_models/releases/download/0.0.1/',
  fileOf: (network: string) => `${network}_imagenet_1000_no_top.h5`,
  hash: 'md5' as const,
  licence: 'not stated',
};
const kernels = (network: string) => `${network}_weights_tf_dim_ordering_tf_kernels_notop.h5`;

const RELEASES: Release[] = [
  {
    base: `${CHOLLET}v0.1/`,
    fileOf: kernels,
    hash: 'md5',
    licence: 'CC BY 4.0',
    origin: 'VGG, Oxford, converted for Keras',
    networks: [
      ['vgg16', 59, '6d6bbae143d832006294945121d1f1fc'],
      ['vgg19', 80, '253f8cb515780f3b799900260a226db6'],
    ],
  },
  {
    ...QUBVEL,
    origin: 'MXNet, converted with MMdnn',
    networks: [
      ['resnet18', 45, '318e3ac0cd98d51e917526c9f62f0b50'],
      ['resnet34', 85, '8caaa0ad39d927cb8ba5385bf945d582'],
      ['resnet50', 94, 'db3b217156506944570ac220086f09b6'],
      ['resnet101', 170, '1016e7663980d5597a4e224d915c342d'],
      ['resnet152', 233, '5867b94098df4640918941115db93734'],
    ],
  },
  {
    ...QUBVEL,
    origin: 'keras-applications',
    networks: [
      ['resnext50', 92, '7ade5c8aac9194af79b1724229bdaa50'],
      ['resnext101', 169, '91fe0126320e49f6ee607a0719828c7e'],
    ],
  },
  {
    base: `${CHOLLET}v0.5/`,
    fileOf: () => 'inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5',
    hash: 'md5',
    licence: 'Apache-2.0',
    origin: 'Keras',
    networks: [['inceptionv3', 87, 'bcbd6486424b2319ff4ef7d526e38f63']],
  },
  {
    base: `${CHOLLET}v0.7/`,
    fileOf: () => 'inception_resnet_v2_weights_tf_dim_ordering_tf_kernels_notop.h5',
    hash: 'md5',
    licence: 'Apache-2.0',
    origin: 'Keras',
    networks: [['inceptionresnetv2', 217, 'd19885ff4a710c122648d3b5c3b684e4']],
  },
  {
    base: 'https://github.com/keras-team/keras-applications/releases/download/densenet/',
    fileOf: kernels,
    hash: 'md5',
    licence: 'BSD-3-Clause',
    origin: 'keras-applications',
    networks: [
      ['densenet121', 28, '30ee3e1110167f948a6b9946edeeb738'],
      ['densenet169', 51, 'b8c4d4c20dd625c148057b9ff1c1176b'],
      ['densenet201', 73, 'c13680b51ded0fb44dff2d8f86ac8bb1'],
    ],
  },
  {
    ...QUBVEL,
    origin: 'pretrained-models.pytorch (Cadene)',
    networks: [
      ['seresnet18', 45, 'a46e5cd4114ac946ecdc58741e8d92ea'],
      ['seresnet34', 86, '3348fd049f1f9ad307c070ff2b6ec4cb'],
      ['seresnet50', 104, '043777781b0d5ca756474d60bf115ef1'],
      ['seresnet101', 190, '1c373b0c196918713da86951d1239007'],
      ['seresnet152', 260, 'f58d4c1a511c7445ab9a2c2b83ee4e7b'],
      ['seresnext50', 102, 'b0f23d2e1cd406d67335fb92d85cc279'],
      ['seresnext101', 188, 'e48708cbe40071cc3356016c37f6c9c7'],
      ['senet154', 453, 'd854ff2cd7e6a87b05a8124cd283e0f2'],
    ],
  },
  {
    base: `${CHOLLET}v0.6/`,
    fileOf: () => 'mobilenet_1_0_224_tf_no_top.h5',
    hash: 'md5',
    licence: 'Apache-2.0',
    origin: 'Keras',
    networks: [['mobilenet', 13, null]],
  },
  {
    base: 'https://github.com/JonathanCMitchell/mobilenet_v2_keras/releases/download/v1.1/',
    fileOf: () => 'mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5',
    hash: 'md5',
    licence: 'Apache-2.0',
    origin: 'J. C. Mitchell, for Keras',
    networks: [['mobilenetv2', 9, null]],
  },
  {
    base: 'https://github.com/Callidior/keras-applications/releases/download/efficientnet/',
    fileOf: network => `efficientnet-${network.slice(-2)}_weights_tf_dim_ordering_tf_kernels_autoaugment_notop.h5`,
    hash: 'sha256',
    licence: 'not stated',
    origin: 'official TensorFlow release, converted (Callidior)',
    networks: [
      ['efficientnetb0', 16, 'c1421ad80a9fc67c2cc4000f666aa50789ce39eedb4e06d531b0c593890ccff3'],
      ['efficientnetb1', 26, '75de265d03ac52fa74f2f510455ba64f9c7c5fd96dc923cd4bfefa3d680c4b68'],
      ['efficientnetb2', 31, '433b60584fafba1ea3de07443b74cfd32ce004a012020b07ef69e22ba8669333'],
      ['efficientnetb3', 43, 'c5d42eb6cfae8567b418ad3845cfd63aa48b87f1bd5df8658a49375a9f3135c7'],
      ['efficientnetb4', 71, '7942c1407ff1feb34113995864970cd4d9d91ea64877e8d9c38b6c1e0767c411'],
      ['efficientnetb5', 114, '9d197bc2bfe29165c10a2af8c2ebc67507f5d70456f09e584c71b822941b1952'],
      ['efficientnetb6', 164, '1d0923bb038f2f8060faaf0a0449db4b96549a881747b7c7678724ac79f427ed'],
      ['efficientnetb7', 256, '60b56ff3a8daccc8d96edfd40b204c113e51748da657afd58034d54d3cec2bac'],
    ],
  },
  {
    base: 'https://storage.googleapis.com/tensorflow/keras-applications/resnet/',
    fileOf: network => kernels(network.toLowerCase()),
    hash: 'md5',
    licence: 'MIT',
    origin: 'K. He et al. (Caffe), converted for Keras',
    networks: [
      ['ResNet50', 95, '4d473c1dd8becc155b73f8504c6f6626'],
      ['ResNet101', 171, '88cf7a10940856eca736dc7b7e228a21'],
      ['ResNet152', 235, 'ee4c566cf9a93f14d82f913c2dc6dd0c'],
    ],
  },
];

export const CATALOG: readonly PublishedWeights[] = RELEASES.flatMap(
  ({ base, fileOf, hash: kind, networks, ...facts }) =>
    networks.map(([network, megabytes, hex]) => {
      const file = fileOf(network);
      return { network, file, url: base + file, hash: hex === null ? null : { kind, hex }, megabytes, ...facts };
    }),
);

/** The published file of a network. Case counts: `resnet50` and `ResNet50` are two networks. */
export function weightsOf(network: PretrainedNetwork): PublishedWeights {
  return CATALOG.find(entry => entry.network === network)!;
}
