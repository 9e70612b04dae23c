// The rules of docs/adr/0001: who may import whom. `npm run boundaries` checks them.

// dependency-cruiser 17, the last for Node 20, asks swc for TypeScript without JSX: here the same parser is told which files have it.
const swc = require('@swc/core');
const { parseFileSync } = swc;
swc.parseFileSync = (path, options) => parseFileSync(path, { ...options, tsx: path.endsWith('.tsx') });

const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: '^(src|gpu-worker|web|client|test)/', pathNot: allowed },
});
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    only(
      'contract-is-alone',
      '^src/contract/',
      '^src/contract/',
      'contract knows zod only, so that the page can import it',
    ),
    {
      name: 'contract-imports-zod-only',
      severity: 'error',
      from: { path: '^src/contract/' },
      to: { dependencyTypes: ['npm', 'core'], pathNot: 'node_modules/zod/' },
    },
    only('db-knows-contract-only', '^src/db/', '^src/(db|contract|errors|log|config)', 'db knows no HTTP and no queue'),
    only('queue-knows-db', '^src/queue/', '^src/(queue|db|contract|errors|log)', 'queue knows no HTTP'),
    only('blobs-know-db', '^src/blobs/', '^src/(blobs|db|contract|errors|log)', 'blobs know no HTTP and no queue'),
    only(
      'exports-know-predictions-only',
      '^src/exports/',
      '^src/(exports|contract|errors)',
      'files of predictions know no database, so that anything can make one',
    ),
    only(
      'service-knows-no-http',
      '^src/service/',
      '^src/(service|exports|queue|blobs|db|contract|errors|log|config)',
      '',
    ),
    only(
      'http-speaks-to-service',
      '^src/http/',
      '^src/(http|service|contract|errors|log|config)',
      'never to db, queue or blobs',
    ),
    only(
      'worker-uses-shared-parts',
      '^gpu-worker/',
      '^(gpu-worker/|src/(contract|db|queue|blobs|errors|listening|log|config))',
      '',
    ),
    only('src-never-imports-the-worker', '^src/', '^src/', ''),
    only(
      'page-imports-contract-and-client',
      '^web/',
      '^(web/|src/contract/|client/(?!cli/))',
      'the page speaks to the service as any other client does',
    ),
    only(
      'client-imports-contract',
      '^client/',
      '^(client/|src/(contract|errors))',
      'the client speaks HTTP like anybody else',
    ),
    {
      name: 'tfjs-in-the-worker-only',
      comment: 'and where the page runs a model in the browser of its reader',
      severity: 'error',
      from: { pathNot: '^(gpu-worker|test|web/try-here)/' },
      to: { path: 'node_modules/@tensorflow/' },
    },
    {
      name: 'runtime-neutral-core',
      comment: 'node: modules live in serve/, db/ (embedded server, migrations) and config only',
      severity: 'error',
      from: { path: '^src/(contract|queue|service|exports|http|blobs)/' },
      to: { dependencyTypes: ['core'] },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.data)/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
