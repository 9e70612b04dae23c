/** Migrations that change rows, on rows as earlier versions wrote them. */
import { readFile } from 'node:fs/promises';
import { eq } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { models } from '../../src/db/schema.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();

/** Runs a migration once more over what is there now. */
async function migrateAgain(name: string): Promise<void> {
  const text = await readFile(new URL(`../../src/db/migrations/${name}.sql`, import.meta.url), 'utf8');
  for (const statement of text.split('--> statement-breakpoint')) await database.client.sql.unsafe(statement);
}

async function stored(values: { frames: object | null; networkInput: object | null }): Promise<string> {
  const row = { trainingConfig: {}, seed: 1, ...values } as typeof models.$inferInsert;
  const [model] = await database.client.db.insert(models).values(row).returning();
  return model!.uid;
}

const read = async (uid: string) => {
  const [model] = await database.client.db.select().from(models).where(eq(models.uid, uid));
  return { frames: model!.frames, networkInput: model!.networkInput };
};

it('says of older models that no frame was held out and nothing frozen, and leaves the others as they are', async () => {
  const size = { channels: 1, widthPx: 64, heightPx: 48 };
  const old = await stored({ frames: { train: 6, validation: 2 }, networkInput: size });
  const later = { frames: { train: 6, validation: 2, holdout: 1 }, networkInput: { ...size, frozen: true } };
  const [recent, waiting] = [await stored(later), await stored({ frames: null, networkInput: null })];
  await migrateAgain('0003_models_of_before_are_complete');
  expect(await read(old)).toEqual({
    frames: { train: 6, validation: 2, holdout: 0 },
    networkInput: { ...size, frozen: false },
  });
  expect(await read(recent)).toEqual(later);
  expect(await read(waiting)).toEqual({ frames: null, networkInput: null });
});
