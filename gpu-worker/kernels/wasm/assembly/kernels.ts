/** Which function runs the items of which job: the numbers that ../jobs.ts gives them, in their order. */
import { AmsGradUpdate, amsGradUpdate } from './amsgrad';
import { BatchInputGradient, BatchNormalize, batchInputGradient, batchNormalize } from './batch-norm-passes';
import { BatchGradientSums, BatchMoments, batchGradientSums, batchMoments } from './batch-norm-sums';
import { SumRuns, sumRuns } from './channel-multiplier';
import { Conv, conv } from './conv';
import { ConvFilterGradient, convFilterGradient, SumFilterParts, sumFilterParts } from './conv-filter-gradient';
import { Depthwise, depthwise } from './depthwise';
import { DepthwiseFilterGradient, depthwiseFilterGradient } from './depthwise-filter-gradient';
import { PackFilter, packFilter } from './pack-filter';
import { SquaredErrorGradient, SquaredErrorParts, squaredErrorGradient, squaredErrorParts } from './squared-error';

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
      squaredErrorParts(changetype<SquaredErrorParts>(job), item);
      return;
    case 5:
      squaredErrorGradient(changetype<SquaredErrorGradient>(job), item);
      return;
    case 6:
      amsGradUpdate(changetype<AmsGradUpdate>(job), item);
      return;
    case 7:
      batchMoments(changetype<BatchMoments>(job), item);
      return;
    case 8:
      batchGradientSums(changetype<BatchGradientSums>(job), item);
      return;
    case 9:
      batchNormalize(changetype<BatchNormalize>(job), item);
      return;
    case 10:
      batchInputGradient(changetype<BatchInputGradient>(job), item);
      return;
    case 11:
      depthwise(changetype<Depthwise>(job), item, thread);
      return;
    case 12:
      sumRuns(changetype<SumRuns>(job), item);
      return;
    case 13:
      depthwiseFilterGradient(changetype<DepthwiseFilterGradient>(job), item, thread);
      return;
    default:
      unreachable();
  }
}
