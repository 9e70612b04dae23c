/**
 * In what the settings of several trainings differ: their training_config with nested fields under dotted names, and what a client left out
 * filled in with the service's defaults and marked as such. Pure functions.
 */

export interface ConfigPair {
  /** As it was sent. */
  given: Record<string, unknown>;
  /** The same with every default; null: it cannot be completed, as that of some imports. */
  full: Record<string, unknown> | null;
}

interface DifferenceCell {
  /** null: there is no such setting. */
  text: string | null;
  isDefault: boolean;
}

export interface Difference {
  /** `augmentation_config.rotate`. */
  name: string;
  /** One for each training, in their order. */
  cells: DifferenceCell[];
}

/** Those settings that are not the same for all, in the order of the configurations. */
export function configDifferences(pairs: readonly ConfigPair[]): Difference[] {
  const flat = pairs.map(({ given, full }) => ({ given: flattened(given), full: flattened(full ?? given) }));
  const names = new Set(flat.flatMap(({ given, full }) => [...full.keys(), ...given.keys()]));
  return [...names]
    .map(name => ({
      name,
      cells: flat.map(({ given, full }) => ({
        text: full.get(name) ?? given.get(name) ?? null,
        isDefault: full.has(name) && !given.has(name),
      })),
    }))
    .filter(({ cells }) => new Set(cells.map(({ text }) => text)).size > 1);
}

/** Leaves by their dotted names, as JSON writes them; texts without quotes. */
function flattened(config: object, prefix = ''): Map<string, string> {
  const leaves = new Map<string, string>();
  for (const [key, value] of Object.entries(config)) {
    const name = prefix + key;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [inner, text] of flattened(value, `${name}.`)) leaves.set(inner, text);
    } else if (value !== undefined) leaves.set(name, textOf(value));
  }
  return leaves;
}

/** A number without the last digits that decimals lose in a computer: 0.0003, not 0.00030000000000000003. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return JSON.stringify(typeof value === 'number' ? Number(value.toPrecision(12)) : value);
}
