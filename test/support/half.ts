/** The nearest float16, of two equally near the even one. */
export function roundToHalf(value: number): number {
  const step = 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(value)))) - 10);
  const steps = value / step;
  const rounded = Math.round(steps);
  return (Math.abs(steps % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded) * step;
}
