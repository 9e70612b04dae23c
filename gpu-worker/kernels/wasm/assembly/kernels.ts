/** Which function runs the items of which job: the numbers that ../jobs.ts gives them, in their order. */
import { Conv, conv } from './conv';
import { ConvFilterGradient, convFilterGradient, SumFilterParts, sumFilterParts } from './conv-filter-gradient';
import { PackFilter, packFilter } from './pack-filter';

export function runItem(kernel: i32, job: usize, item: i32, thread: i32): void {
  switch (kernel) {
    case 0:
      return packFilter(changetype<PackFilter>(job), item);
    case 1:
      return conv(changetype<Conv>(job), item, thread);
    case 2:
      return convFilterGradient(changetype<ConvFilterGradient>(job), item, thread);
    case 3:
      return sumFilterParts(changetype<SumFilterParts>(job), item);
    default:
      unreachable();
  }
}
