import createClient, { type Client } from 'openapi-fetch';

import { ExtensionMissing, ServerAway, ServerRefused } from './errors';
import type { paths } from './schema';
import type { ErrorAnswer } from './types';

/** How a page reaches its Jupyter server. */
export interface ServerSettings {
  /** With a slash at its end; absolute, or relative to the page's origin. */
  readonly baseUrl: string;
  /** Empty where the page's cookie is enough. */
  readonly token: string;
}

/** What a proxy answers in place of a server that is stopped. */
const AWAY = new Set([502, 504]);

/**
 * A videojobs server, typed by its OpenAPI document:
 * `const page = await server.unwrap(server.rest.GET('/jobs', { params: { query } }))`.
 */
export class VideoJobsServer {
  readonly settings: ServerSettings;
  /** Requests by path, as openapi-fetch makes them. */
  readonly rest: Client<paths>;
  private readonly send: (request: Request) => Promise<Response>;

  /** `send` is how requests go, where the page can't reach the server itself. */
  constructor(settings: ServerSettings, send = (request: Request) => fetch(request)) {
    this.settings = settings;
    this.send = send;
    this.rest = createClient<paths>({
      baseUrl: this.url(''),
      credentials: 'same-origin',
      // Looked up at each request: a login in another tab changes the cookie.
      fetch: request => this.fetch(request)
    });
  }

  /** Return the absolute URL of a path below `v1/video/`, for `src` and `href` attributes. */
  url(path: string): string {
    const base = new URL(this.settings.baseUrl, document.baseURI);
    return new URL(`v1/video/${path.replace(/^\//, '')}`, base).href;
  }

  /** The headers that a request needs besides the page's cookie. */
  headers(): Record<string, string> {
    const headers: Record<string, string> = {};
    const xsrf = /(?:^|;\s*)_xsrf=([^;]*)/.exec(document.cookie)?.[1];
    if (xsrf !== undefined) {
      headers['X-XSRFToken'] = decodeURIComponent(xsrf);
    }
    if (this.settings.token !== '') {
      headers.Authorization = `token ${this.settings.token}`;
    }
    return headers;
  }

  /**
   * Return what a request of `rest` answers.
   * Rejects with ServerRefused, ServerAway or ExtensionMissing.
   */
  async unwrap<T>(sent: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
    const { data, error, response } = await sent;
    if (response.ok) {
      return data as T;
    }
    if (AWAY.has(response.status)) {
      throw new ServerAway();
    }
    const answer = error as Partial<ErrorAnswer> | undefined;
    if (response.status === 404 && answer?.reason === undefined) {
      throw new ExtensionMissing();
    }
    throw new ServerRefused(
      response.status,
      answer?.message ?? `The server answered ${response.status} ${response.statusText}.`,
      answer?.reason ?? 'error',
      answer?.field ?? undefined
    );
  }

  /** Send a request of any kind with what the server wants to see; rejects with ServerAway. */
  async fetch(request: Request): Promise<Response> {
    for (const [name, value] of Object.entries(this.headers())) {
      request.headers.set(name, value);
    }
    try {
      return await this.send(request);
    } catch (error) {
      if (request.signal.aborted) {
        throw error;
      }
      throw new ServerAway(error);
    }
  }
}

/** Return how this Jupyter page reaches its server, or null on a page that has none. */
export function settingsOfPage(): ServerSettings | null {
  const element = document.getElementById('jupyter-config-data');
  if (element?.textContent == null) {
    return null;
  }
  const config = JSON.parse(element.textContent) as { baseUrl?: string; token?: string };
  return { baseUrl: config.baseUrl ?? '/', token: config.token ?? '' };
}
