/**
 * What a browser tells of where a request comes from (W3C Fetch Metadata: Sec-Fetch-Site, Sec-Fetch-Mode). Browsers send it over https and to
 * their own machine only. Over plain http to another one, as in many labs, Origin and Referer have to do; other programs send none of them.
 */
import type { HonoRequest } from 'hono';

/**
 * Whether a page of another origin makes the request by itself. Another port is another origin, though the same site, so that SameSite lets it
 * through. A link that a person follows is not meant: the page that has it cannot read what comes.
 */
export function isOfAnotherOrigin(request: HonoRequest): boolean {
  const site = request.header('sec-fetch-site');
  if (request.method === 'GET' && request.header('sec-fetch-mode') === 'navigate') return false;
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const origin = request.header('origin');
  if (origin === undefined) return false; // a GET of a page of ours, or no page at all
  const hosts = [new URL(request.url).host, firstOf(request.header('x-forwarded-host'))];
  return !hosts.includes(origin.replace(/^https?:\/\//, ''));
}

/** Whether a script or an element of a page asks, and not a person who opens an address, nor another program. */
export function isAskedByPage(request: HonoRequest): boolean {
  const mode = request.header('sec-fetch-mode');
  if (mode !== undefined) return mode !== 'navigate';
  return request.header('referer') !== undefined && !(request.header('accept') ?? '').includes('text/html');
}

/** Whether the browser sent it by https, be it to a proxy. */
export function isByHttps(request: HonoRequest): boolean {
  return new URL(request.url).protocol === 'https:' || firstOf(request.header('x-forwarded-proto')) === 'https';
}

/** Each proxy on the way adds its own; the first is what the browser said. */
function firstOf(list = ''): string {
  return list.split(',')[0]!.trim();
}
