import type { HttpStack } from 'tus-js-client';

import type { Translate } from '../viewer/options';

export interface UploadOptions {
  /** Files that are sent at the same time; the others wait. */
  atOnce?: number;
  /** Bytes of one request. */
  pieceBytes?: number;
  /** How requests are sent, where the page can't reach the server itself. */
  httpStack?: HttpStack;
  translate?: Translate;
}

/**
 * Bytes of one request. The server keeps what has come of one that is cut, and the browser reads
 * it from the disk as it goes: size costs no memory and loses nothing. Proxies often refuse more
 * than 100 MB.
 */
export const PIECE = 64 * 1024 * 1024;

/** The first request is small: it tells whether this is a video at all. */
export const FIRST_PIECE = 256 * 1024;
