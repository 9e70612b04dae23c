/** A worker as `GET /api/workers` shows it. */
import { z } from 'zod';

export const WORKER_STATES = ['idle', 'working', 'silent'] as const;

export const workerResourceSchema = z
  .object({
    name: z.string().describe('Host, process and a random part.'),
    device: z.string().nullable().describe('What it computes on, in words; null while it starts.'),
    state: z.enum(WORKER_STATES).describe('silent: no sign of life for longer than a lease.'),
    task_id: z.uuid().nullable().describe('What it works on.'),
    started_at: z.iso.datetime().describe('When it was started, ISO 8601 in UTC.'),
    seen_at: z.iso.datetime().describe('Its last sign of life.'),
  })
  .meta({ id: 'Worker', description: 'A process that does the work.' });
export type WorkerResource = z.infer<typeof workerResourceSchema>;
