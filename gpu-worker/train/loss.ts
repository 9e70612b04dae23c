/**
 * What training descends: the mean squared error of the confidence maps, summed over the stacks of a network, and where it was asked for
 * SLEAP's online hard keypoint mining on top (sleap/nn/losses.py, v1.4.1):
 *
 *   e_k = sum over batch and pixels of the squared error of keypoint k;  hard: e_k >= ratio * min(e)
 *   k* = number of hard ones, at least min_hard_keypoints, at most max_hard_keypoints
 *   mining = scale * (sum of the k* largest e) / (B h w k*)
 *
 * The choice of keypoints is arithmetic on the device, so that no step waits for numbers to be read back; as in SLEAP no gradient flows
 * through it. Hidden keypoints are maps of zeros and count like all others.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { HardKeypointMining } from '../../src/contract/training.ts';

/** A kernel of our own (mean-squared-error.ts of kernels/webgpu/ and kernels/wasm/), on the backends that have it. */
const MEAN_SQUARED_ERROR = 'MeanSquaredError';

tf.registerGradient({
  kernelName: MEAN_SQUARED_ERROR,
  inputsToSave: ['output', 'target'],
  // Nothing asks for the gradient of the maps.
  gradFunc: (dy, [output, target]) => ({
    output: () =>
      tf
        .engine()
        .runKernel('MeanSquaredErrorGrad', { dy: dy as tf.Tensor, output: output!, target: target! }) as tf.Tensor,
  }),
});

/**
 * @param outputs [B, h, w, K] of each stack.
 * @param maps [B, h, w, K], what they should be.
 */
export function trainingLoss(outputs: tf.Tensor4D[], maps: tf.Tensor4D, mining: HardKeypointMining): tf.Scalar {
  const losses = outputs.map(output => {
    if (!mining.online_mining && tf.getKernel(MEAN_SQUARED_ERROR, tf.getBackend()))
      return tf.engine().runKernel(MEAN_SQUARED_ERROR, { output, target: maps }) as tf.Scalar;
    const squared = tf.squaredDifference(output, maps) as tf.Tensor4D;
    const mean = tf.mean(squared) as tf.Scalar;
    return mining.online_mining ? tf.add<tf.Scalar>(mean, hardKeypointLoss(squared, mining)) : mean;
  });
  return tf.addN(losses);
}

function hardKeypointLoss(squared: tf.Tensor4D, mining: HardKeypointMining): tf.Scalar {
  const keypoints = squared.shape[3];
  const pixels = squared.size / keypoints;
  // A product with a row of ones: a sum over the leading axes would be transposed first on some backends.
  const byKeypoint = tf.matMul(tf.ones([1, pixels]), tf.reshape(squared, [pixels, keypoints])); // [1, K]
  const weigh = tf.customGrad((...given) => {
    const [losses, save] = given as unknown as [tf.Tensor, tf.GradSaveFunc];
    const weights = hardWeights(losses, pixels, mining);
    save([weights]);
    return { value: tf.sum(tf.mul(losses, weights)), gradFunc: (dy, saved) => tf.mul(dy, (saved as tf.Tensor[])[0]!) };
  });
  return weigh(byKeypoint) as tf.Scalar;
}

/** What each keypoint's summed loss counts, [1, K]: 0 for the easy ones. */
function hardWeights(losses: tf.Tensor, pixels: number, mining: HardKeypointMining): tf.Tensor {
  const most = Math.min(mining.max_hard_keypoints ?? losses.size, losses.size);
  const hard = tf.greaterEqual(tf.div(losses, tf.min(losses)), mining.hard_to_easy_ratio);
  const count = tf.minimum(tf.maximum(tf.sum(tf.cast(hard, 'float32')), mining.min_hard_keypoints), most);
  const chosen = tf.cast(tf.less(ranks(losses), count), 'float32');
  return tf.div(tf.mul(chosen, mining.loss_scale / pixels), count);
}

/** How many are larger than each, [1, K]; of equal ones the first counts as larger. */
function ranks(values: tf.Tensor): tf.Tensor {
  const keypoints = values.size;
  const [rows, columns] = [tf.reshape(values, [keypoints, 1]), tf.reshape(values, [1, keypoints])];
  const order = tf.range(0, keypoints);
  const earlier = tf.less(tf.reshape(order, [keypoints, 1]), tf.reshape(order, [1, keypoints]));
  const larger = tf.logicalOr(tf.greater(rows, columns), tf.logicalAnd(tf.equal(rows, columns), earlier));
  return tf.sum(tf.cast(larger, 'float32'), 0, true);
}
