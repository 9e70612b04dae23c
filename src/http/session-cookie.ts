/**
 * The cookie of a sign-in: `<expiry, seconds since 1970>.<base64url of HMAC-SHA-256(key, text with the expiry)>`. Nothing is stored: any process
 * that has the key can check it, and it ends with its time or with its key (docs/adr/0018). WebCrypto, so that it runs on every runtime.
 *
 * Browsers share cookies between the ports of a host. A mark of the key is part of the name, so that two services on one host do not put each
 * other's sign-in out; the port would not do, since behind a proxy or in a container the service does not know the one that the browser sees.
 */
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { decodeBase64Url, encodeBase64Url } from 'hono/utils/encode';
import { isByHttps } from './fetch-metadata.ts';

/** 30 days. */
export const SESSION_SECONDS = 30 * 24 * 3600;

const NAME_BEGINS = 'sleap_session_';
const MARK_BYTES = 6;
const MARK_TEXT = 'sleap-microservice cookie name';
const SESSION_TEXT = 'sleap-microservice session ';
/** Expiry and signature; 43 characters hold the 32 bytes of SHA-256. */
const VALUE = /^(\d{1,12})\.([\w-]{43})$/;
const HMAC = { name: 'HMAC', hash: 'SHA-256' };

/** Adds the cookie to the answer. @param key one of API_KEYS, which the request has shown to know. */
export async function beginSession(c: Context, key: string): Promise<void> {
  const secret = await secretOf(key);
  const expiry = String(Math.floor(Date.now() / 1000) + SESSION_SECONDS);
  const signature = encodeBase64Url(await sign(secret, SESSION_TEXT + expiry)).replace('=', '');
  setCookie(c, await nameFor(secret), `${expiry}.${signature}`, { ...attributes(c), maxAge: SESSION_SECONDS });
}

/** Tells the browser to forget those cookies it sent that belong to one of the keys. Of others no name is given away. */
export async function endSessions(c: Context, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    const name = await nameFor(await secretOf(key));
    if (getCookie(c, name) !== undefined) deleteCookie(c, name, attributes(c));
  }
}

/** Whether the request carries a cookie of one of the keys whose time has not run out. */
export async function hasSession(c: Context, keys: readonly string[]): Promise<boolean> {
  if (!c.req.header('cookie')?.includes(NAME_BEGINS)) return false;
  const found = await Promise.all(
    keys.map(async key => {
      const secret = await secretOf(key);
      return isGood(secret, getCookie(c, await nameFor(secret)) ?? '');
    }),
  );
  return found.includes(true);
}

async function isGood(secret: CryptoKey, value: string): Promise<boolean> {
  const [, expiry = '', signature = ''] = VALUE.exec(value) ?? [];
  if (Number(expiry) * 1000 <= Date.now()) return false;
  return crypto.subtle.verify(HMAC, secret, decodeBase64Url(signature), encode(SESSION_TEXT + expiry));
}

/** Scripts never see it, and pages of other sites never cause it to be sent. */
function attributes(c: Context) {
  return { path: '/', httpOnly: true, sameSite: 'Strict', secure: isByHttps(c.req) } as const;
}

async function nameFor(secret: CryptoKey): Promise<string> {
  const mark = await sign(secret, MARK_TEXT);
  return NAME_BEGINS + encodeBase64Url(mark.slice(0, MARK_BYTES));
}

function secretOf(key: string): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', encode(key), HMAC, false, ['sign', 'verify']);
}

function sign(secret: CryptoKey, text: string): Promise<ArrayBuffer> {
  return crypto.subtle.sign(HMAC, secret, encode(text));
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
