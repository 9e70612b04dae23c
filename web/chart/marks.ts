/**
 * Where the axes of a chart begin and end, where they have their marks, and how a clock is written: pure functions. uPlot's own logarithmic
 * marks stand at 1 to 9 of a decade: none at all between 1.02e-3 and 1.08e-3, where a training that has settled spends its time.
 */

const ROOM = 0.05;
const [MINUTE, HOUR] = [60, 3600];

/** A range around values above 0 with the same room at both ends of a logarithmic axis; any range where there is no value. */
export function logRange(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null) return [1e-5, 1e-3];
  const room = min === max ? 1.5 : (max / min) ** ROOM;
  return [min / room, max * room];
}

/** The same on a linear axis; it does not reach below 0 for values that do not. */
export function linearRange(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null) return [0, 1];
  const room = (max - min) * ROOM || Math.abs(max) * ROOM || 1;
  return [min >= 0 ? Math.max(0, min - room) : min - room, max + room];
}

/** Round numbers from `min` to `max`, `most` of them at most. */
export function linearMarks(min: number, max: number, most: number): number[] {
  const rough = (max - min) / Math.max(1, most);
  if (!(rough > 0)) return [min];
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(n => n * decade).find(size => size >= rough * (1 - 1e-9))!;
  const marks: number[] = [];
  for (let n = Math.ceil(min / step - 1e-9); n * step <= max * (1 + 1e-12); n++) marks.push(rounded(n * step));
  return marks;
}

/** Within a decade round numbers as on a linear axis; over more of them 1, 2 and 5, or powers of ten, whichever are few enough. */
export function logMarks(min: number, max: number, most: number): number[] {
  if (!(min > 0) || !(max > min)) return [];
  if (max / min < 10) return linearMarks(min, max, Math.min(most, 5));
  const [first, last] = [Math.floor(Math.log10(min)), Math.ceil(Math.log10(max))];
  const every = (digits: number[], decades: number) => {
    const marks: number[] = [];
    for (let power = first; power <= last; power += decades)
      for (const digit of digits) marks.push(rounded(digit * 10 ** power));
    return marks.filter(mark => mark >= min && mark <= max);
  };
  const choices = [every([1, 2, 5], 1), every([1, 3], 1), every([1], 1), every([1], 2), every([1], 4)];
  return choices.find(marks => marks.length <= most) ?? choices.at(-1)!;
}

/** Without the last digits that a product of decimals gets wrong. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}

/** `1:05` of hours and minutes; with seconds where marks are closer than a minute: `0:00:30`. */
export function formatClock(seconds: number, withSeconds: boolean): string {
  const whole = Math.round(seconds);
  const two = (n: number) => String(n).padStart(2, '0');
  const clock = `${Math.floor(whole / HOUR)}:${two(Math.floor((whole % HOUR) / MINUTE))}`;
  return withSeconds ? `${clock}:${two(whole % MINUTE)}` : clock;
}
