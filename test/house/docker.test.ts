/**
 * What can be held about docker/ without an engine: images leave out exactly what their code does not import, and carry every file that it
 * does; compose files set only variables that the service reads. docker/prove executes the Dockerfiles themselves.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { copiesOf, neededStages, readDockerfile } from '../../docker/prove/dockerfile.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const IMAGES = [
  { file: 'api.Dockerfile', entries: ['src/serve/node.ts'] },
  {
    file: 'gpu-worker.Dockerfile',
    entries: ['gpu-worker/start.mjs', 'gpu-worker/weights/cli.ts', 'docker/worker-health.ts'],
  },
];
const COMPOSE_FILES = readdirSync(join(ROOT, 'docker')).filter(name => name.endsWith('.yaml'));
/** Read by Postgres, Docker or a GPU's driver, not by the service. */
const FOREIGN_VARIABLES = /^(POSTGRES_|NVIDIA_|XDG_|NODE_)/;

it.each(IMAGES)('$file leaves out exactly the packages that its code never imports', ({ file, entries }) => {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const { packages } = reach(entries);
  const runs = neededStages(readDockerfile(join(ROOT, 'docker', file))).flatMap(({ instructions }) => instructions);
  const [, deletion] = runs.map(({ argument }) => /^(npm pkg delete .*?) && /.exec(argument)).find(found => found)!;
  const folder = mkdtempSync(join(tmpdir(), 'sleap-test-image-'));
  try {
    copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
    execFileSync('sh', ['-c', deletion!], { cwd: folder });
    const left = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const used = Object.entries(dependencies).filter(([name]) => name === 'tsx' || packages.has(name));
    expect(left.dependencies).toEqual(Object.fromEntries(used));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it.each(IMAGES)('$file copies every file that its code imports, each there and not ignored', ({ file, entries }) => {
  const allowed = readFileSync(join(ROOT, '.dockerignore'), 'utf8').match(/(?<=^!).*/gm)!;
  const stages = neededStages(readDockerfile(join(ROOT, 'docker', file)));
  const sources = stages.flatMap(copiesOf).flatMap(copy => (copy.stage === null ? copy.sources : []));
  expect(sources.filter(source => !existsSync(join(ROOT, source)))).toEqual([]);
  expect(sources.filter(source => !allowed.some(path => isBelow(source, path)))).toEqual([]);

  const final = copiesOf(stages.at(-1)!).flatMap(copy => copy.sources);
  expect([...reach(entries).files].filter(path => !final.some(source => isBelow(path, source)))).toEqual([]);
});

it.each(COMPOSE_FILES)('%s sets no variable that the service does not read', name => {
  const known = readFileSync(join(ROOT, 'src/config.ts'), 'utf8').match(/(?<=^ {4})[A-Z_]+(?=:)/gm)!;
  expect(known).toContain('DATABASE_URL');
  const { services } = parse(readFileSync(join(ROOT, 'docker', name), 'utf8'), { merge: true });
  const set = Object.values<{ environment?: object }>(services).flatMap(service =>
    Object.keys(service.environment ?? {}),
  );
  expect(set.filter(variable => !known.includes(variable) && !FOREIGN_VARIABLES.test(variable))).toEqual([]);
});

/** The files and the packages that `entries` lead to: imports, and files named by a URL beside the file, as threads and processes are. */
function reach(entries: string[]): { files: Set<string>; packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const waiting = [...entries];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (files.has(path)) continue;
    files.add(path);
    const named = readFileSync(join(ROOT, path), 'utf8').matchAll(
      /^(?!import type|export type).*?(?:from |import\(|import |require\(|resolve\(|file: |new URL\()'([^']+)'/gm,
    );
    for (const [, target = ''] of named) {
      if (target.startsWith('.')) {
        const found = relative(ROOT, join(ROOT, dirname(path), target));
        if (/\.(ts|mjs)$/.test(found)) waiting.push(found);
      } else if (!target.startsWith('node:')) {
        packages.add(target.split('/', target.startsWith('@') ? 2 : 1).join('/'));
      }
    }
  }
  return { files, packages };
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
