/**
 * The pages of docs/ and the description of the API name the same routes. A page names one as `METHOD /path`; where that has an ending, others
 * may follow in the same line (`.csv`). A path alone, as in an example, must be one of any method, with whatever stands for its parameters.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
const pages = readdirSync(docs).filter(name => name.endsWith('.md'));
const read = (name: string) => readFileSync(docs + name, 'utf8');

const paths: Record<string, Record<string, unknown>> = JSON.parse(read('openapi.json')).paths;
const operations = Object.entries(paths).flatMap(([path, item]) =>
  Object.keys(item).map(method => `${method.toUpperCase()} ${bare(path)}`),
);
/** The two pages and the description itself are no part of what is described. */
const UNDESCRIBED = ['GET /', 'GET /docs', 'GET /openapi.json'];

/** The path without the names of its parameters. */
function bare(path: string): string {
  return path.replace(/\{\w+\}/g, '{}');
}

/** Every `METHOD /path` of a page but for its examples, as the description would have it. */
function routesIn(text: string): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, '');
  return prose.split('\n').flatMap(line => {
    const routes: string[] = [];
    for (const [, method, path, ending] of line.matchAll(/\b([A-Z]{3,7}) (\/[\w./{}-]*)|`(\.[\w.]+)`/g)) {
      const [, stem] = /^(.*\/[^/.]+)\./.exec(routes.at(-1) ?? '') ?? [];
      if (path !== undefined) routes.push(`${method} ${bare(path)}`);
      else if (stem !== undefined) routes.push(stem + ending);
    }
    return routes;
  });
}

/** Every path of the API that a page has, examples included. */
function pathsIn(text: string): string[] {
  return [...text.matchAll(/\/api\/[\w./{}$-]+/g)].map(([path]) => path.replace(/[./]+$/, ''));
}
const patterns = Object.keys(paths).map(path => {
  const segments = path.split(/\{\w+\}/).map(part => part.replaceAll('.', '\\.'));
  return new RegExp(`^${segments.join('[^/]+')}$`);
});

it('api.md names no route that is not in the description of the API', () => {
  const named = routesIn(read('api.md'));
  expect(named.filter(route => ![...operations, ...UNDESCRIBED].includes(route))).toEqual([]);
  expect(named.length).toBeGreaterThan(40);
});

it.each(pages)('%s has no path that leads nowhere', name => {
  expect(pathsIn(read(name)).filter(path => !patterns.some(pattern => pattern.test(path)))).toEqual([]);
});

it('every operation of the API is named on a page', () => {
  const named = new Set(pages.flatMap(name => routesIn(read(name))));
  const missing = operations.filter(operation => operation.includes(' /api/') && !named.has(operation));
  expect(missing).toEqual([]);
  expect(operations.length).toBeGreaterThan(50);
});
