import { defineConfig } from 'drizzle-kit';

/** `npm run db:generate` writes the SQL of a schema change into src/db/migrations; `npm run migrate` applies it. */
export default defineConfig({ dialect: 'postgresql', schema: './src/db/schema*.ts', out: './src/db/migrations' });
