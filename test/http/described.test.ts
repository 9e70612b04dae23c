/** Every route is in the description of the API, and every operation that is described can be called. */
import { describe, expect, it } from 'vitest';
import { appAlone } from '../support/app.ts';

interface Operation {
  operationId?: string;
  summary?: string;
  tags?: string[];
  /** Empty: open to all. */
  security?: unknown[];
  parameters?: { name: string; in: string; description?: string }[];
  requestBody?: { content: Record<string, unknown> };
  responses: Record<string, { description?: string; content?: Record<string, unknown> }>;
}
const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'];

const app = appAlone();
const document = await (await app.request('/openapi.json')).json();
const operations = Object.entries(document.paths as Record<string, Record<string, Operation>>).flatMap(([path, item]) =>
  METHODS.flatMap(method => (item[method] ? [{ method: method.toUpperCase(), path, operation: item[method] }] : [])),
);
const mounted = [
  ...new Set(
    app.routes
      .filter(({ method, path }) => method !== 'ALL' && path.startsWith('/api/'))
      .map(({ method, path }) => `${method} ${path.replace(/(?<=.)\/$/, '')}`),
  ),
];
/** Hono answers HEAD where it answers GET. */
const answered = mounted.flatMap(route => (route.startsWith('GET ') ? [route, `HEAD ${route.slice(4)}`] : [route]));

/** What a route's path takes, as a pattern for the paths of the description with 0 for each parameter. */
function patternOf(path: string): RegExp {
  const segments = path.split('/').map(segment => {
    const [, own] = /^:\w+(?:\{(.*)\})?$/.exec(segment) ?? [];
    if (!segment.startsWith(':')) return segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    return own ?? '0';
  });
  return new RegExp(`^${segments.join('/')}$`);
}
const filled = (path: string) => path.replace(/\{\w+\}/g, '0');
const describedBy = (route: string) => {
  const [method, path] = route.split(' ') as [string, string];
  return operations.filter(operation => operation.method === method && patternOf(path).test(filled(operation.path)));
};

describe('the description of the API', () => {
  it('has every route', () => {
    const missing = mounted.filter(route => describedBy(route).length === 0);
    expect(missing).toEqual([]);
    expect(mounted.length).toBeGreaterThan(20);
  });

  it('has no operation that is not mounted', () => {
    const known = new Set(answered.flatMap(describedBy));
    const unknown = operations.filter(one => one.path.startsWith('/api/') && !known.has(one));
    expect(unknown.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });

  it('names every operation once and gives it a summary and a group that is known', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(ids.filter((id, i) => id === undefined || ids.indexOf(id) !== i)).toEqual([]);
    const groups = document.tags.map(({ name }: { name: string }) => name);
    for (const { operation } of operations) {
      expect(operation.summary, operation.operationId).toBeTruthy();
      for (const tag of operation.tags ?? ['none']) expect(groups, operation.operationId).toContain(tag);
    }
  });

  it('says of every parameter what it is, and of every operation under /api which errors it gives', () => {
    const silent = operations.flatMap(({ operation }) =>
      (operation.parameters ?? []).filter(one => !one.description).map(one => `${operation.operationId} ${one.name}`),
    );
    expect(silent).toEqual([]);
    for (const { path, operation } of operations.filter(one => one.path.startsWith('/api/'))) {
      const errors = operation.security?.length === 0 ? ['500'] : ['401', '500'];
      expect(Object.keys(operation.responses), path).toEqual(expect.arrayContaining(errors));
    }
  });

  it('refers to nothing that it does not have', () => {
    const text = JSON.stringify(document);
    const names = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, name]) => name!);
    const has = (name: string) => Object.hasOwn(document.components.schemas, name.replace('#/components/schemas/', ''));
    expect(names.filter(name => !name.startsWith('#/components/schemas/') || !has(name))).toEqual([]);
    expect(names.length).toBeGreaterThan(20);
  });

  it('has the seven routes, with their bodies in JSON and as a form', () => {
    const seven = operations.filter(({ operation }) => operation.tags?.includes('the seven routes'));
    expect(seven.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual([
      'GET /api/get-finished-training-at',
      'GET /api/inference-results',
      'GET /api/learning-stats',
      'GET /api/model-info',
      'POST /api/stop-training',
      'POST /api/train-network',
      'POST /api/video-inference',
    ]);
    for (const { operation } of seven.filter(({ path }) => /train-network|video-inference/.test(path)))
      expect(Object.keys(operation.requestBody!.content)).toEqual(['application/json', 'multipart/form-data']);
  });

  it('has every field of the three configurations', () => {
    const fieldsOf = (name: string) => Object.keys(document.components.schemas[name].properties);
    expect(fieldsOf('TrainingConfig')).toEqual(expect.arrayContaining(['num_epochs', 'resume_from', 'precision']));
    expect(fieldsOf('InferenceConfig')).toContain('frame_step');
    expect(fieldsOf('OverlayConfig')).toContain('trail_length');
    const { anyOf } = document.components.schemas.TrainingConfig.properties.backbone_config;
    const backbones: string[] = anyOf.map(({ $ref }: { $ref: string }) => $ref.split('/').at(-1));
    expect(backbones).toEqual([
      'UNetConfig',
      'LeapConfig',
      'HourglassConfig',
      'ResNetConfig',
      'PretrainedEncoderConfig',
    ]);
    for (const name of backbones) expect(fieldsOf(name)).toContain('max_stride');
  });
});
