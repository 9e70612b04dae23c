/** Which function runs the items of which job: the numbers that ../jobs.ts gives them, in their order. */
import { Add, add } from './add';
import { AmsGradUpdate, amsGradUpdate } from './amsgrad';
import { averagePool, averagePoolGradient } from './average-pool';
import { BatchInputGradient, BatchNormalize, batchInputGradient, batchNormalize } from './batch-norm-passes';
import { BatchGradientSums, BatchMoments, batchGradientSums, batchMoments } from './batch-norm-sums';
import { BiasGradient, biasGradient } from './bias-gradient';
import { ChannelGate, channelGate } from './channel-gate';
import { ChannelGateGradient, channelGateGradient } from './channel-gate-gradient';
import { SumRuns, sumRuns } from './channel-multiplier';
import { Conv, conv } from './conv';
import { ConvFilterGradient, convFilterGradient, SumFilterParts, sumFilterParts } from './conv-filter-gradient';
import { CopyRows, copyRows } from './copy-rows';
import { Depthwise, depthwise } from './depthwise';
import { DepthwiseFilterGradient, depthwiseFilterGradient } from './depthwise-filter-gradient';
import { FitLevels, fitLevels } from './fit-levels';
import { GlobalPeaks, globalPeaks } from './global-peaks';
import { HalfPixelUpsampling, halfPixelUpsampling } from './half-pixel-upsampling';
import { HalfPixelUpsamplingGradient, halfPixelUpsamplingGradient } from './half-pixel-upsampling-gradient';
import { MapMaxima, mapMaxima } from './map-maxima';
import { maxPool } from './max-pool';
import { MaxPoolGradient, maxPoolGradient } from './max-pool-gradient';
import { NearestUpsampling, nearestUpsampling, nearestUpsamplingGradient } from './nearest-upsampling';
import { PackFilter, packFilter } from './pack-filter';
import { Pool } from './pool';
import { ReluGradient, reluGradient } from './relu-gradient';
import { SquaredErrorGradient, SquaredErrorParts, squaredErrorGradient, squaredErrorParts } from './squared-error';
import { Swish, swish } from './swish';
import { Winograd, winograd } from './winograd';
import { winogradFilter } from './winograd-filter';
import { WinogradFilterGradient, winogradFilterGradient } from './winograd-filter-gradient';
import { SumWinogradParts, sumWinogradParts } from './winograd-filter-sum';

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
      winogradFilter(changetype<PackFilter>(job), item);
      return;
    case 5:
      winograd(changetype<Winograd>(job), item, thread);
      return;
    case 6:
      winogradFilterGradient(changetype<WinogradFilterGradient>(job), item, thread);
      return;
    case 7:
      sumWinogradParts(changetype<SumWinogradParts>(job), item, thread);
      return;
    case 8:
      squaredErrorParts(changetype<SquaredErrorParts>(job), item);
      return;
    case 9:
      squaredErrorGradient(changetype<SquaredErrorGradient>(job), item);
      return;
    case 10:
      amsGradUpdate(changetype<AmsGradUpdate>(job), item);
      return;
    case 11:
      batchMoments(changetype<BatchMoments>(job), item);
      return;
    case 12:
      batchGradientSums(changetype<BatchGradientSums>(job), item);
      return;
    case 13:
      batchNormalize(changetype<BatchNormalize>(job), item);
      return;
    case 14:
      batchInputGradient(changetype<BatchInputGradient>(job), item);
      return;
    case 15:
      copyRows(changetype<CopyRows>(job), item);
      return;
    case 16:
      depthwise(changetype<Depthwise>(job), item, thread);
      return;
    case 17:
      sumRuns(changetype<SumRuns>(job), item);
      return;
    case 18:
      depthwiseFilterGradient(changetype<DepthwiseFilterGradient>(job), item, thread);
      return;
    case 19:
      biasGradient(changetype<BiasGradient>(job), item);
      return;
    case 20:
      reluGradient(changetype<ReluGradient>(job), item);
      return;
    case 21:
      maxPool(changetype<Pool>(job), item);
      return;
    case 22:
      maxPoolGradient(changetype<MaxPoolGradient>(job), item);
      return;
    case 23:
      halfPixelUpsampling(changetype<HalfPixelUpsampling>(job), item);
      return;
    case 24:
      halfPixelUpsamplingGradient(changetype<HalfPixelUpsamplingGradient>(job), item);
      return;
    case 25:
      nearestUpsampling(changetype<NearestUpsampling>(job), item);
      return;
    case 26:
      nearestUpsamplingGradient(changetype<NearestUpsampling>(job), item);
      return;
    case 27:
      add(changetype<Add>(job), item);
      return;
    case 28:
      swish(changetype<Swish>(job), item);
      return;
    case 29:
      channelGate(changetype<ChannelGate>(job), item);
      return;
    case 30:
      channelGateGradient(changetype<ChannelGateGradient>(job), item);
      return;
    case 31:
      averagePool(changetype<Pool>(job), item);
      return;
    case 32:
      averagePoolGradient(changetype<Pool>(job), item);
      return;
    case 33:
      mapMaxima(changetype<MapMaxima>(job), item);
      return;
    case 34:
      globalPeaks(changetype<GlobalPeaks>(job), item);
      return;
    case 35:
      fitLevels(changetype<FitLevels>(job), item);
      return;
    default:
      unreachable();
  }
}
