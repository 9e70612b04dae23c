/** The keys of a player, as video players and SLEAP's window have them; they work where nothing else wants them. */
import type { Playback } from './playback.ts';

const MANY_FRAMES = 10;

/** Listens to the whole page until the returned function is called. @param isInside whether an element belongs to the player. */
export function listenToKeys(playback: Playback, isInside: (element: Element) => boolean): () => void {
  const listen = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target as HTMLElement;
    const isFree = target === document.body || target.localName === 'main' || isInside(target);
    if (!isFree || wantsKey(target, event.key)) return;
    const act = actionOf(event, playback);
    if (!act) return;
    event.preventDefault();
    act();
  };
  document.addEventListener('keydown', listen);
  return () => document.removeEventListener('keydown', listen);
}

function actionOf({ key, shiftKey }: KeyboardEvent, playback: Playback): (() => void) | null {
  const frames = shiftKey ? MANY_FRAMES : 1;
  switch (key) {
    case ' ':
      return playback.toggle;
    case 'ArrowLeft':
    case ',':
    case '<':
      return () => playback.step(-frames);
    case 'ArrowRight':
    case '.':
    case '>':
      return () => playback.step(frames);
    case 'Home':
      return () => playback.seek(0);
    case 'End':
      return () => playback.seek(playback.frames.peek() - 1);
    default:
      return null;
  }
}

/** A button is pressed with space; fields take every key; a slider takes the arrows, but the timeline's are the player's own. */
function wantsKey(target: HTMLElement, key: string): boolean {
  if (target.isContentEditable || target.localName === 'select' || target.localName === 'textarea') return true;
  if (target.localName === 'summary' || target.localName === 'button' || target.localName === 'a') return key === ' ';
  if (!(target instanceof HTMLInputElement)) return false;
  if (target.classList.contains('player-timeline')) return false;
  return target.type !== 'checkbox' || key === ' ';
}
