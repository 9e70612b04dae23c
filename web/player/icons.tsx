/** The signs on the buttons of a player, as everyone knows them from machines with tape. */
const SHAPES = {
  play: 'M4 2v12l10-6z',
  pause: 'M3 2h4v12H3zM9 2h4v12H9z',
  back: 'M11 2v12L3 8z',
  forward: 'M5 2v12l8-6z',
  backMany: 'M8 2v12L1 8zM15 2v12L8 8z',
  forwardMany: 'M8 2v12l7-6zM1 2v12l7-6z',
  first: 'M2 2h2v12H2zM14 2v12L5 8z',
  last: 'M12 2h2v12h-2zM2 2v12l9-6z',
  only: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 2a5 5 0 1 1 0 10A5 5 0 0 1 8 3zm0 3a2 2 0 1 0 0 4 2 2 0 0 0 0-4z',
  full: 'M1 1h5v2H3v3H1zM10 1h5v5h-2V3h-3zM1 10h2v3h3v2H1zM13 10h2v5h-5v-2h3z',
};

export function Icon({ name }: { name: keyof typeof SHAPES }) {
  return (
    <svg class="player-icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={SHAPES[name]} />
    </svg>
  );
}
