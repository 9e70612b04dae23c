/**
 * Load on one address: so many connections that stay open, each asking again as soon as it was answered. Node's own HTTP client with an agent,
 * which costs a fifth of what fetch does: on two cores the one who asks takes its time from the one who answers.
 */
import { Agent, get } from 'node:http';

export interface Load {
  /** Answers a second. */
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
}

/** @throws Error at the first answer that is no 200. */
export async function load(url: string, connections: number, seconds: number): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const times: number[] = [];
  const begun = performance.now();
  const end = begun + seconds * 1000;
  const ask = async () => {
    while (performance.now() < end) {
      const asked = performance.now();
      await once(url, agent);
      times.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: connections }, ask));
  const took = (performance.now() - begun) / 1000;
  agent.destroy();
  return { perSecond: times.length / took, p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99) };
}

function once(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, response => {
      if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`));
      response.on('end', resolve).on('error', reject).resume();
    }).on('error', reject);
  });
}

/** @param share 0..1 */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;
}
