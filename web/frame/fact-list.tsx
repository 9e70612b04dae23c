/** Labels and values, for those who look and for those who listen. */

/** @param facts label and value each. @param class `facts` is a grid of them. */
export function FactList({
  facts,
  class: name = 'facts',
}: {
  facts: readonly (readonly [string, string])[];
  class?: string;
}) {
  return (
    <dl class={name}>
      {facts.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
