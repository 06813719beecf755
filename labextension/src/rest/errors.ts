/** The server's no: its message is for people, its reason is one of a few fixed words. */
export class ServerRefused extends Error {
  readonly status: number;
  readonly reason: string;
  /** The part of the request that the message is about, where there is one. */
  readonly field: string | undefined;

  constructor(status: number, message: string, reason: string, field?: string) {
    super(message);
    this.name = 'ServerRefused';
    this.status = status;
    this.reason = reason;
    this.field = field;
  }
}

/** No answer: the server is stopped, restarting, or out of reach. */
export class ServerAway extends Error {
  constructor(cause?: unknown) {
    super('The Jupyter server does not answer. Jobs go on without this page.', { cause });
    this.name = 'ServerAway';
  }
}

/** A Jupyter server that answers, but has no videojobs. */
export class ExtensionMissing extends Error {
  constructor() {
    super(
      'This Jupyter server runs without videojobs: install videojobs_ext in its environment and restart it.'
    );
    this.name = 'ExtensionMissing';
  }
}
