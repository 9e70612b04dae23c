/** What the network saw while training; inference prepares its frames the same way. */
import type { InitialWeights } from './model.ts';

export interface NetworkInput {
  /** 1 gray, 3 RGB. */
  channels: 1 | 3;
  /** Size all training images were brought to before scaling, in pixels; null: not known of an imported model, so frames keep theirs. */
  widthPx: number | null;
  heightPx: number | null;
  /** The encoder kept the weights it began with. */
  frozen: boolean;
  /** null: random numbers, no encoder, or not known; absent from models of versions before 0.2. */
  initialWeights?: InitialWeights | null;
}
