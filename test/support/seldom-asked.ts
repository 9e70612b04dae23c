/**
 * Dawn's binding asks its device whether anything is done as often as Node's loop turns, for as long as something is awaited: a whole core, which a
 * driver that computes on the CPU needs itself. Imported for its effect, it lets Dawn ask once a millisecond; Node's own immediates stay as they are.
 */
const immediately = globalThis.setImmediate;
const EVERY_MS = 1;

/** What is not written in JavaScript, as Dawn's callback. */
const isNative = (callback: unknown) => Function.prototype.toString.call(callback).endsWith('{ [native code] }');

globalThis.setImmediate = Object.assign(
  (callback: (...args: unknown[]) => void, ...args: unknown[]) =>
    isNative(callback) ? setTimeout(callback, EVERY_MS, ...args) : immediately(callback, ...args),
  immediately,
) as typeof setImmediate;
