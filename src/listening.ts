/** Whether a server of this machine could listen, before anything is made that depends on it. */
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Listens for a moment. @returns why that is not possible (its `code` is EADDRINUSE where another program does); null: it is. */
export async function faultOfListening(host: string, port: number): Promise<(Error & { code?: string }) | null> {
  const server = createServer();
  try {
    server.listen({ host, port });
    await once(server, 'listening');
    return null;
  } catch (error) {
    return error as Error;
  } finally {
    server.close();
  }
}
