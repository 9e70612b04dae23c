/** Which function runs the items of which job: the numbers that ../jobs.ts gives them, in their order. */
import { Add, add } from './add';
import { BiasGradient, biasGradient } from './bias-gradient';
import { Conv, conv } from './conv';
import { ConvFilterGradient, convFilterGradient, SumFilterParts, sumFilterParts } from './conv-filter-gradient';
import { CopyRuns, copyRuns } from './copy-runs';
import { HalfPixelUpsampling, halfPixelUpsampling } from './half-pixel-upsampling';
import { HalfPixelUpsamplingGradient, halfPixelUpsamplingGradient } from './half-pixel-upsampling-gradient';
import { MaxPool, maxPool } from './max-pool';
import { MaxPoolGradient, maxPoolGradient } from './max-pool-gradient';
import { NearestUpsampling, nearestUpsampling, nearestUpsamplingGradient } from './nearest-upsampling';
import { PackFilter, packFilter } from './pack-filter';
import { ReluGradient, reluGradient } from './relu-gradient';

export function runItem(kernel: i32, job: usize, item: i32, thread: i32): void {
  switch (kernel) {
    case 0:
      packFilter(changetype<PackFilter>(job), item);
      return;
    case 1:
      conv(changetype<Conv>(job), item, thread);
      return;
    case 2:
      convFilterGradient(changetype<ConvFilterGradient>(job), item, thread);
      return;
    case 3:
      sumFilterParts(changetype<SumFilterParts>(job), item);
      return;
    case 4:
      biasGradient(changetype<BiasGradient>(job), item);
      return;
    case 5:
      reluGradient(changetype<ReluGradient>(job), item);
      return;
    case 6:
      maxPool(changetype<MaxPool>(job), item);
      return;
    case 7:
      maxPoolGradient(changetype<MaxPoolGradient>(job), item);
      return;
    case 8:
      halfPixelUpsampling(changetype<HalfPixelUpsampling>(job), item);
      return;
    case 9:
      halfPixelUpsamplingGradient(changetype<HalfPixelUpsamplingGradient>(job), item);
      return;
    case 10:
      nearestUpsampling(changetype<NearestUpsampling>(job), item);
      return;
    case 11:
      nearestUpsamplingGradient(changetype<NearestUpsampling>(job), item);
      return;
    case 12:
      copyRuns(changetype<CopyRuns>(job), item);
      return;
    case 13:
      add(changetype<Add>(job), item);
      return;
    default:
      unreachable();
  }
}
