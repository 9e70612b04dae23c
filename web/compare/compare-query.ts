/** What is compared and how, as the address says: `#/compare?models=a,b,c&show=pixel_error`. Pure functions. */

/** More lines than this cannot be told apart. */
export const MOST_COMPARED = 12;

export const MEASURES = ['val_loss', 'loss', 'lr', 'pixel_error'] as const;
export type Measure = (typeof MEASURES)[number];

export interface CompareQuery {
  uids: readonly string[];
  measure: Measure;
}

/** What is misspelt counts as not said; uids that are too many are left out. */
export function readCompareQuery(query: URLSearchParams): CompareQuery {
  const uids = (query.get('models') ?? '').toLowerCase().split(',').filter(Boolean);
  return {
    uids: [...new Set(uids)].slice(0, MOST_COMPARED),
    measure: MEASURES.find(known => known === query.get('show')) ?? 'val_loss',
  };
}

/** As replaceQuery takes it: what is as usual is left out. */
export function writeCompareQuery({ uids, measure }: CompareQuery): Record<string, string | null> {
  return {
    models: uids.join(',') || null,
    show: measure === 'val_loss' ? null : measure,
  };
}
