import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const page = (path: string) => fileURLToPath(new URL(`web/${path}`, import.meta.url));

/**
 * The pages: web/ is built into dist/web, which the API serves at `/` and, its own description, at `/docs`.
 * `npm run dev:page` proxies to a running API.
 */
export default defineConfig({
  root: 'web',
  build: {
    ...{ outDir: '../dist/web', emptyOutDir: true },
    modulePreload: { polyfill: false },
    // Which file needs which, for test/e2e/page-size.test.ts.
    manifest: true,
    rolldownOptions: { input: [page('index.html'), page('docs/index.html')], checks: { pluginTimings: false } },
    // Swagger UI is large, and read by those who open /docs only.
    chunkSizeWarningLimit: 2000,
  },
  // Threads may load parts of themselves later: WebGPU's, where there is a GPU.
  worker: { format: 'es' },
  server: { proxy: { '/api': 'http://127.0.0.1:5000', '/openapi.json': 'http://127.0.0.1:5000' } },
});
