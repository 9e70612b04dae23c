import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** `npm run build:client`: the command line as one module for the packed package, where it starts three times as fast as from its sources. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  build: { ssr: 'client/cli/main.ts', outDir: 'dist/cli', target: 'node20', emptyOutDir: true },
});
