import type { HttpRequest, HttpResponse, HttpStack } from 'tus-js-client';

import { VideoJobsServer } from '../rest';
import { RelayTrouble } from './model';

/** The kernel's end of a widget, as anywidget gives it. */
export interface Wire {
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
  on(event: 'msg:custom', hear: (content: unknown, buffers: DataView[]) => void): void;
  off(event: 'msg:custom', hear: (content: unknown, buffers: DataView[]) => void): void;
}

interface Answer {
  answer?: number;
  status?: number;
  headers?: Record<string, string>;
  trouble?: string;
}

/** Where the page itself believes the server to be; nothing is ever sent there. */
const BASE = 'https://videojobs.invalid/';

/** Bytes of one message: well below what servers take over a websocket, 10 MiB. */
export const MESSAGE = 4 * 1024 * 1024;

/**
 * Requests that go over the widget's channel, and that the kernel passes on to its server.
 * A piece of a file is sent when the one before is on the server's disk: nothing piles up.
 */
export class Relay {
  /** A server that is reached so. */
  readonly server: VideoJobsServer;
  /** The same for tus-js-client. */
  readonly httpStack: HttpStack;

  private readonly wire: Wire;
  private readonly waiting = new Map<number, (answer: Answer, body: DataView) => void>();
  private asked = 0;

  constructor(wire: Wire) {
    this.wire = wire;
    wire.on('msg:custom', this.hear);
    this.server = new VideoJobsServer({ baseUrl: BASE, token: '' }, request => this.fetch(request));
    this.httpStack = {
      createRequest: (method, url) => new RelayRequest(this, method, url),
      getName: () => 'widget channel'
    };
  }

  dispose(): void {
    this.wire.off('msg:custom', this.hear);
    for (const end of this.waiting.values()) {
      end({ trouble: 'The widget was closed.' }, new DataView(new ArrayBuffer(0)));
    }
  }

  /** Send a request by way of the kernel; rejects with RelayTrouble. */
  ask(
    method: string,
    url: string,
    headers: Record<string, string>,
    body: ArrayBuffer | null,
    signal?: AbortSignal
  ): Promise<Response> {
    const ask = ++this.asked;
    // The Location of a new upload has the base URL of the kernel's server.
    const path = /(?:v1\/video|api\/contents)(?:\/.*)?$/.exec(url)?.[0] ?? '';
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => {
        this.waiting.delete(ask);
        reject(new DOMException('stopped', 'AbortError'));
      });
      this.waiting.set(ask, ({ status, headers: told, trouble }, buffer) => {
        if (trouble !== undefined || status === undefined) {
          reject(new RelayTrouble(trouble));
          return;
        }
        const content = buffer.byteLength === 0 ? null : (buffer as DataView<ArrayBuffer>);
        const response = new Response([204, 304].includes(status) ? null : content, {
          status,
          headers: Object.entries(told ?? {}).filter(([name]) => !name.startsWith('content-enc'))
        });
        resolve(response);
      });
      this.wire.send({ ask, method, path, headers }, {}, body === null ? [] : [body]);
    });
  }

  private async fetch(request: Request): Promise<Response> {
    const body = request.body === null ? null : await request.arrayBuffer();
    const headers = Object.fromEntries(request.headers);
    delete headers['x-xsrftoken'];
    return await this.ask(request.method, request.url, headers, body, request.signal);
  }

  private readonly hear = (content: unknown, buffers: DataView[]): void => {
    const message = content as Answer;
    const end = this.waiting.get(message.answer ?? 0);
    if (end !== undefined) {
      this.waiting.delete(message.answer ?? 0);
      end(message, buffers[0] ?? new DataView(new ArrayBuffer(0)));
    }
  };
}

/** One request of tus-js-client. */
class RelayRequest implements HttpRequest {
  private readonly headers: Record<string, string> = {};
  private readonly stop = new AbortController();
  private progress: (sent: number) => void = () => undefined;
  private readonly relay: Relay;
  private readonly method: string;
  private readonly url: string;

  constructor(relay: Relay, method: string, url: string) {
    this.relay = relay;
    this.method = method;
    this.url = url;
  }

  getMethod(): string {
    return this.method;
  }

  getURL(): string {
    return this.url;
  }

  setHeader(header: string, value: string): void {
    // The page's cookie means nothing to the kernel's server.
    if (header !== 'X-XSRFToken') {
      this.headers[header] = value;
    }
  }

  getHeader(header: string): string | undefined {
    return this.headers[header];
  }

  setProgressHandler(handler: (sent: number) => void): void {
    this.progress = handler;
  }

  async send(body: Blob | null): Promise<HttpResponse> {
    const bytes = body === null ? null : await body.arrayBuffer();
    const { method, url, headers, stop } = this;
    const response = await this.relay.ask(method, url, headers, bytes, stop.signal);
    const text = await response.text();
    if (bytes !== null) {
      this.progress(bytes.byteLength);
    }
    return {
      getStatus: () => response.status,
      getHeader: name => response.headers.get(name) ?? undefined,
      getBody: () => text,
      getUnderlyingObject: () => response
    };
  }

  abort(): Promise<void> {
    this.stop.abort();
    return Promise.resolve();
  }

  getUnderlyingObject(): null {
    return null;
  }
}
