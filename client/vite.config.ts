import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/**
 * `npm run build:client`: the client as one module of plain JavaScript, for `import … from 'sleap-microservice/client'`. It imports nothing,
 * since of the contract it has the types only; those are written by tsc (client/tsconfig.build.json). Not minified: an error's stack is read.
 */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  build: {
    lib: { entry: 'client/sleap-client.ts', formats: ['es'], fileName: 'sleap-client' },
    outDir: 'dist/client',
    target: 'es2023',
    minify: false,
    emptyOutDir: true,
  },
});
