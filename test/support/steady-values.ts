/** Makes the answers of one session equal to those of the next: ids, times and cursors are replaced, and long lists cut. */

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const LONGEST_LIST = 4;

/** By the name of a member: when it happens in the example. */
const SECONDS: [RegExp, number][] = [
  [/^created_at$/, 0],
  [/^started_(training_)?at$/, 2],
  [/^(heartbeat_at|seen_at)$/, 95],
  [/^finished_(training_)?at$/, 100],
  [/^(timestamp|at)$/, 100],
  [/^delivered_at$/, 101],
  [/^expires_at$/, 86_400],
];
const START = Date.parse('2026-11-30T09:00:00.000Z');

/** @returns what replaces ids and times in a value; an id always by the same one, numbered as they come. */
export function steadyValues(): (value: unknown) => unknown {
  const known = new Map<string, string>();
  const steadyId = (id: string) => {
    if (id.startsWith('00000000-')) return id;
    if (!known.has(id)) known.set(id, `00000000-0000-4000-8000-${String(known.size + 1).padStart(12, '0')}`);
    return known.get(id)!;
  };
  const steady = (value: unknown, name: string): unknown => {
    if (Array.isArray(value)) return value.slice(0, LONGEST_LIST).map(entry => steady(entry, name));
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, steady(member, key)]));
    if (typeof value !== 'string') return value;
    if (name === 'next_cursor') return 'eyJhZnRlciI6Mn0';
    return steadyTime(value, name) ?? value.replaceAll(UUID, steadyId);
  };
  return value => steady(value, '');
}

/** @returns null for a text that is no time. */
function steadyTime(text: string, name: string): string | null {
  const seconds = SECONDS.find(([names]) => names.test(name))?.[1] ?? 0;
  const time = new Date(START + 1000 * seconds);
  if (/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(text)) return time.toISOString();
  return /^\w{3}, \d{2} \w{3} \d{4} [\d:]{8} GMT$/.test(text) ? time.toUTCString() : null;
}
