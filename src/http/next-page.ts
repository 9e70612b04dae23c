/** Where the next page of a list is, beside the `next_cursor` of the body: a Link header (RFC 8288), which generic clients follow by themselves. */
import type { Context } from 'hono';

/** @param cursor null: the page is the last one. */
export function linkNextPage(c: Context, cursor: string | null): void {
  if (cursor === null) return;
  const url = new URL(c.req.url);
  url.searchParams.set('cursor', cursor);
  // Without the host: behind a proxy it is another than the one in the request.
  c.header('Link', `<${url.pathname}${url.search}>; rel="next"`);
}
