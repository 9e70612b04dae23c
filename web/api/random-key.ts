/** A key that no other request has (Idempotency-Key), 128 bits in hex. Not randomUUID: browsers have that on https only. */
export function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('');
}
