/** Models, videos and checks that wait in the queue, for tests of its order. */
import { randomUUID } from 'node:crypto';
import { datasetChecks, inferences, models } from '../../src/db/schema.ts';
import { blobs } from '../../src/db/schema-bytes.ts';
import { enqueueTask } from '../../src/queue/enqueue.ts';
import type { TestDatabase } from './database.ts';

export function queuedTasks(database: TestDatabase) {
  const newBlob = async () =>
    (await database.client.db.insert(blobs).values({ sha256: randomUUID() }).returning())[0]!.id;

  /** Gives its uid; nothing is queued. */
  const newModel = async (): Promise<string> => {
    const values = { trainingConfig: {}, seed: 1, datasetBlob: await newBlob() };
    return (await database.client.db.insert(models).values(values).returning())[0]!.uid;
  };
  return {
    newModel,

    /** Gives the task. */
    async newTraining(modelUid?: string): Promise<string> {
      const uid = modelUid ?? (await newModel());
      return enqueueTask(database.client.db, { kind: 'train', modelUid: uid, maxAttempts: 3 });
    },

    /** Queues `count` videos for a model; gives their tasks. */
    async newVideos(modelUid: string, count: number): Promise<string[]> {
      const { db } = database.client;
      const videoBlob = await newBlob();
      const ids: string[] = [];
      for (let i = 0; i < count; i++) {
        const [inference] = await db
          .insert(inferences)
          .values({ modelUid, videoBlob, fileName: `${i}.mp4` })
          .returning();
        ids.push(await enqueueTask(db, { kind: 'infer', modelUid, inferenceId: inference!.id, maxAttempts: 3 }));
      }
      return ids;
    },

    /** Gives the task. */
    async newCheck(): Promise<string> {
      const { db } = database.client;
      const [check] = await db
        .insert(datasetChecks)
        .values({ datasetBlob: await newBlob() })
        .returning();
      return enqueueTask(db, { kind: 'check', checkId: check!.id, maxAttempts: 3 });
    },
  };
}

/** Turns in the queue are told apart by the millisecond. */
export const tick = () => new Promise(resolve => setTimeout(resolve, 3));
