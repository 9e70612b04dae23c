/** What a task about an inference works on: the inference itself and the model that it is of. */
import { eq } from 'drizzle-orm';
import { inferences, models } from '../../src/db/schema.ts';
import type { TaskContext } from '../task-context.ts';

export async function readRows({ db, task }: Pick<TaskContext, 'db' | 'task'>) {
  const [row] = await db
    .select({ inference: inferences, model: models })
    .from(inferences)
    .innerJoin(models, eq(models.uid, inferences.modelUid))
    .where(eq(inferences.id, task.inferenceId!));
  return row!;
}
