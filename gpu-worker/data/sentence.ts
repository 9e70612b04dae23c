/** Lists of names within sentences for the user, cut short where there are many. */

const NAMES_IN_A_MESSAGE = 5;

/** `"a", "b" and 3 more`. */
export function named(names: readonly string[], most = NAMES_IN_A_MESSAGE): string {
  const shown = names
    .slice(0, most)
    .map(name => `"${name}"`)
    .join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
