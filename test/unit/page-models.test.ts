import { describe, expect, it } from 'vitest';
import type { ModelResource } from '../../src/contract/model.ts';
import { listedUids, readListQuery, tagsOf, writeListQuery } from '../../web/models/list-query.ts';
import { sparkline } from '../../web/models/sparkline.ts';

const HOUR_MS = 3_600_000;
const BOX = { widthPx: 100, heightPx: 30, marginPx: 5 };

function model(model_uid: string, more: Partial<ModelResource> = {}): ModelResource {
  return {
    ...{ model_uid, name: null, tags: [], state: 'succeeded', origin: 'training', epochs: 0, last_epoch: null },
    ...{ training_config: { backbone_model: 'unet', num_epochs: 10 }, pixel_error: null, waiting_before: null },
    ...{ created_at: '2026-01-01T00:00:00Z', started_training_at: null, finished_training_at: null },
    ...more,
  } as unknown as ModelResource;
}
const epoch = (val_loss: number) => ({ epoch: 0, loss: 1, val_loss, lr: 1, seconds: 1 });
const listed = (models: ModelResource[], query: string, best: Record<string, number> = {}) =>
  listedUids(models, readListQuery(new URLSearchParams(query)), {
    ...{ bestOf: (uid: string) => best[uid] ?? null, nowMs: Date.parse('2026-01-01T00:00:00Z') + HOUR_MS },
  });

describe('the list of models', () => {
  it('is the newest first unless the address says otherwise', () => {
    const models = [model('a'), model('b', { created_at: '2026-01-02T00:00:00Z' }), model('c')];
    expect(listed(models, '')).toEqual(['b', 'a', 'c']);
    expect(listed(models, 'sort=created')).toEqual(['a', 'c', 'b']);
    expect(listed(models, 'sort=nonsense')).toEqual(['b', 'a', 'c']);
  });

  it('finds words in any case in name, uid, network and tags, and wants all of them', () => {
    const models = [model('a1', { name: 'Mouse 12' }), model('b2', { tags: ['mouse'] }), model('c3')];
    expect(listed(models, 'text=MOUSE')).toEqual(['a1', 'b2']);
    expect(listed(models, 'text=mouse+12')).toEqual(['a1']);
    expect(listed(models, 'text=unet+c3')).toEqual(['c3']);
  });

  it('keeps the states and the tag that were asked for', () => {
    const models = [model('a', { state: 'failed' }), model('b', { tags: ['x', 'y'] }), model('c', { state: 'active' })];
    expect(listed(models, 'state=failed,active')).toEqual(['a', 'c']);
    expect(listed(models, 'tag=y')).toEqual(['b']);
    expect(listed(models, 'state=nonsense')).toEqual(['a', 'b', 'c']);
  });

  it('puts what a model does not have last, whichever way it is sorted', () => {
    const models = [model('a'), model('b', { last_epoch: epoch(2) }), model('c', { last_epoch: epoch(1) })];
    expect(listed(models, 'sort=val_loss')).toEqual(['c', 'b', 'a']);
    expect(listed(models, 'sort=-val_loss')).toEqual(['b', 'c', 'a']);
    expect(listed(models, 'sort=best', { a: 3, c: 4 })).toEqual(['a', 'c', 'b']);
  });

  it('sorts names as people count, and states by what goes on', () => {
    const models = [
      model('a', { name: 'mouse 10', state: 'canceled' }),
      model('b', { name: 'Mouse 9', state: 'queued', waiting_before: 1 }),
      model('c', { state: 'queued', waiting_before: 0 }),
      model('d', { name: 'ant', state: 'active' }),
    ];
    expect(listed(models, 'sort=name')).toEqual(['d', 'b', 'a', 'c']);
    expect(listed(models, 'sort=state')).toEqual(['d', 'c', 'b', 'a']);
  });

  it('counts the duration of what still runs up to now', () => {
    const models = [
      model('ran 2 h', { started_training_at: '2025-12-31T00:00:00Z', finished_training_at: '2025-12-31T02:00:00Z' }),
      model('runs for 1 h', { started_training_at: '2026-01-01T00:00:00Z' }),
      model('waits'),
    ];
    expect(listed(models, 'sort=duration')).toEqual(['runs for 1 h', 'ran 2 h', 'waits']);
  });

  it('is written into the address as it was read, and what is usual is left out', () => {
    const text = 'text=a+b&state=active%2Cfailed&tag=day+3&sort=-best';
    const written = writeListQuery(readListQuery(new URLSearchParams(text)));
    expect(written).toEqual({ text: 'a b', state: 'active,failed', tag: 'day 3', sort: '-best' });
    const usual = writeListQuery(readListQuery(new URLSearchParams()));
    expect(usual).toEqual({ text: null, state: null, tag: null, sort: null });
  });

  it('offers tags by how often they are used', () => {
    expect(
      tagsOf([model('a', { tags: ['x', 'y'] }), model('b', { tags: ['y'] }), model('c', { tags: ['a'] })]),
    ).toEqual([...['y', 'a', 'x']]);
  });
});

describe('a sparkline', () => {
  it('runs over a logarithmic axis from side to side, with its lowest value marked', () => {
    expect(sparkline([0, 5, 10], [1, 0.01, 0.1], BOX)).toEqual({ path: 'M5 5L50 25L95 15', best: { x: 50, y: 25 } });
  });

  it('of one value, or of a constant, lies in the middle', () => {
    expect(sparkline([3], [0.5], BOX)).toEqual({ path: 'M50 15', best: { x: 50, y: 15 } });
    expect(sparkline([0, 1], [2, 2], BOX)?.path).toBe('M5 15L95 15');
  });

  it('leaves out what has no logarithm', () => {
    expect(sparkline([0, 1, 2], [0, 1, 0.1], BOX)?.path).toBe('M5 5L95 25');
    expect(sparkline([0], [0], BOX)).toBeNull();
    expect(sparkline([], [], BOX)).toBeNull();
  });
});
