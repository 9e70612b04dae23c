/** A line of links that does not fit a phone can be pushed sideways: the link to where one is must not stay outside of what is seen. */
import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';

/** Pushes the line so far that its current link is seen, and moves nothing else. @param changes what makes another link current, or wider. */
export function useCurrentInSight(line: RefObject<HTMLElement | null>, changes: readonly unknown[]): void {
  useLayoutEffect(() => {
    const current = line.current?.querySelector('[aria-current]');
    if (!line.current || !current) return;
    const [outer, inner] = [line.current.getBoundingClientRect(), current.getBoundingClientRect()];
    line.current.scrollLeft += Math.max(0, inner.right - outer.right) + Math.min(0, inner.left - outer.left);
  }, changes);
}
