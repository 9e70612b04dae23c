/** What a page of a lab would run: a stock TensorFlow.js, made reachable for a test's own script. */
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';

Object.assign(window, { tf, loadLayersModel });
