import { defineConfig } from 'vite';

/** The page: web/ is built into dist/web, which the API serves at `/`. `npm run dev:page` proxies to a running API. */
export default defineConfig({
  root: 'web',
  build: { outDir: '../dist/web', emptyOutDir: true },
  server: { proxy: { '/api': 'http://127.0.0.1:5000' } },
});
