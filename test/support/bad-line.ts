/** A reverse proxy that passes requests on as they are, and does to some of them what lines and servers do now and then. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * busy, denied: S3's 503 and 403. cut-request: breaks in the middle of the request's body. cut-answer: in the middle of the answer's.
 * lost-answer: after the server has done it.
 */
export type Mishap = keyof typeof REFUSALS | 'cut-request' | 'cut-answer' | 'lost-answer';

const REFUSALS = {
  busy: [503, 'SlowDown', 'Reduce your &quot;rate&quot;'],
  denied: [403, 'AccessDenied', 'Access Denied'],
} as const;

export class BadLine {
  /** As `PUT ?partNumber=1`. */
  readonly seen: string[] = [];
  readonly #server: Server;
  readonly #port: number;
  /** Of the requests under way. */
  mostAtOnce = 0;
  #underWay = 0;
  #mishaps: [to: RegExp, mishap: Mishap][] = [];

  static async to(port: number): Promise<BadLine> {
    const line = new BadLine(port);
    line.#server.listen(0, '127.0.0.1');
    await once(line.#server, 'listening');
    return line;
  }

  private constructor(port: number) {
    this.#port = port;
    this.#server = createServer((incoming, answer) => this.#pass(incoming, answer));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Forgets what was before; each mishap happens to one request that fits. */
  next(...mishaps: [to: RegExp, mishap: Mishap][]): void {
    this.seen.length = 0;
    this.mostAtOnce = 0;
    this.#mishaps = mishaps;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #pass(incoming: IncomingMessage, answer: ServerResponse): void {
    const { method, url, headers } = incoming;
    const told = `${method} ${url!.replace(/^[^?]*/, '')}`;
    this.seen.push(told);
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#underWay);
    answer.once('close', () => this.#underWay--);
    const at = this.#mishaps.findIndex(([to]) => to.test(told));
    const mishap = at < 0 ? null : this.#mishaps.splice(at, 1)[0]![1];
    if (mishap === 'busy' || mishap === 'denied') {
      const [status, code, message] = REFUSALS[mishap];
      const xml = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
      incoming.resume().on('end', () => answer.writeHead(status).end(xml));
      return;
    }
    if (mishap === 'cut-request') {
      incoming.once('data', () => incoming.socket.destroy());
      return;
    }
    const onward = request({ port: this.#port, method, path: url, headers }, response => {
      if (mishap === 'lost-answer') {
        response.resume().on('end', () => incoming.socket.destroy());
        return;
      }
      answer.writeHead(response.statusCode!, response.headers);
      if (mishap === 'cut-answer')
        response.once('data', bytes => answer.write(bytes.subarray(0, 1000), () => incoming.socket.destroy()));
      else response.pipe(answer);
    });
    onward.on('error', () => incoming.socket.destroy());
    incoming.pipe(onward);
  }
}
