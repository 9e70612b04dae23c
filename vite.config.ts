import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const page = (path: string) => fileURLToPath(new URL(`web/${path}`, import.meta.url));

const GZIP = '?gzip';

/**
 * `import url from 'package/file.wasm?gzip'` puts the file into the build gzipped, to be unpacked by the page: ffmpeg's 32 MB become 10, and hosts
 * that take no file above 25 MiB (Cloudflare's Workers) can serve it. The dev server gives it as it is.
 */
function gzippedFiles(): Plugin {
  let isBuild = false;
  return {
    name: 'gzipped-files',
    enforce: 'pre',
    configResolved({ command }) {
      isBuild = command === 'build';
    },
    async resolveId(source, importer) {
      if (!source.endsWith(GZIP)) return null;
      const found = await this.resolve(source.slice(0, -GZIP.length), importer, { skipSelf: true });
      return found && found.id + GZIP;
    },
    load(id) {
      if (!id.endsWith(GZIP)) return null;
      const path = id.slice(0, -GZIP.length);
      if (!isBuild) return `export default ${JSON.stringify(`/@fs${path}`)};`;
      const source = gzipSync(readFileSync(path));
      const reference = this.emitFile({ type: 'asset', name: `${basename(path)}.gz`, source });
      return `export default import.meta.ROLLUP_FILE_URL_${reference};`;
    },
  };
}

const WORTH_GZIPPING = /\.(html|js|css|wasm|svg)$/;

/** Lays a gzipped copy beside each file, which the servers give to whoever takes it (src/serve/page-files.ts). */
function gzippedCopies(): Plugin {
  return {
    name: 'gzipped-copies',
    apply: 'build',
    writeBundle({ dir }, files) {
      for (const name of Object.keys(files).filter(name => WORTH_GZIPPING.test(name))) {
        const path = join(dir!, name);
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
      }
    },
  };
}

/**
 * The pages: web/ is built into dist/web, which the API serves at `/` and, its own description, at `/docs`.
 * `npm run dev:page` proxies to a running API.
 */
export default defineConfig({
  root: 'web',
  plugins: [gzippedFiles(), gzippedCopies()],
  build: {
    ...{ outDir: '../dist/web', emptyOutDir: true },
    modulePreload: { polyfill: false },
    // Which file needs which, for test/e2e/page-size.test.ts.
    manifest: true,
    rolldownOptions: {
      input: [page('index.html'), page('docs/index.html')],
      checks: { pluginTimings: false },
      // The worker of libarchive.js looks for its WASM beside itself, under the very name.
      output: {
        assetFileNames: ({ names: [name] }) =>
          `assets/${name === 'libarchive.wasm' ? '[name]' : '[name]-[hash]'}[extname]`,
      },
    },
    // Swagger UI is large, and read by those who open /docs only.
    chunkSizeWarningLimit: 2000,
  },
  // Threads may load parts of themselves later: WebGPU's, where there is a GPU.
  worker: { format: 'es' },
  server: { proxy: { '/api': 'http://127.0.0.1:5000', '/openapi.json': 'http://127.0.0.1:5000' } },
});
