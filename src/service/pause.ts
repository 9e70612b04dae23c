/** Waits `ms`, or less if `signal` fires or the function handed to `arm` is called. Leaves no listener behind. */
export function pause(ms: number, signal: AbortSignal, arm?: (wake: () => void) => void): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise(resolve => {
    const wake = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal.addEventListener('abort', wake);
    arm?.(wake);
  });
}
