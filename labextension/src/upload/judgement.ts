import { DetailedError } from 'tus-js-client';

import type { ErrorAnswer } from '../rest';
import type { Translate } from '../viewer/options';

/** What becomes of an upload after something went wrong. */
export type Judgement =
  /** It passes: try again, and say so meanwhile. */
  | { kind: 'again'; notice: string }
  /** The server has nothing of it any more: begin anew. */
  | { kind: 'anew'; notice: string }
  /** Nothing will change by itself; where it is hopeless, not by resuming either. */
  | { kind: 'stop'; error: string; hopeless?: boolean };

/** No byte went for a long time: the connection is dead, though nobody said so. */
export class Silence extends Error {}

/** Judge what tus-js-client reports; anything else is a mistake of ours and stops the upload. */
export function judge(error: unknown, translate: Translate): Judgement {
  if (error instanceof Silence) {
    return { kind: 'again', notice: away(translate) };
  }
  if (!(error instanceof DetailedError)) {
    return { kind: 'stop', error: error instanceof Error ? error.message : String(error) };
  }
  const response = error.originalResponse;
  if (response == null || response.getStatus() === 0) {
    return { kind: 'again', notice: away(translate) };
  }
  const status = response.getStatus();
  const { message, reason } = said(response.getBody());
  switch (status) {
    case 401:
    case 403:
      return {
        kind: 'stop',
        error:
          message?.includes('not authorized') === true
            ? message
            : translate(
                'The server doesn’t know you any more: log in again in another tab, then resume.'
              )
      };
    case 404:
    case 410:
      // HEAD has no body that could tell a reason.
      if (error.originalRequest.getMethod() === 'POST') {
        return {
          kind: 'stop',
          error:
            reason === undefined
              ? translate('This Jupyter server runs without videojobs.')
              : (message ?? '')
        };
      }
      return {
        kind: 'anew',
        notice: translate('What was sent before has expired on the server: begun anew.')
      };
    case 409:
      return { kind: 'again', notice: translate('Asking the server where to go on.') };
    case 423:
      return {
        kind: 'again',
        notice: translate('Another page is sending this file just now. It goes on here after that.')
      };
    case 429:
    case 502:
    case 503:
    case 504:
      return { kind: 'again', notice: away(translate) };
    case 460:
      return { kind: 'again', notice: translate('Bytes were damaged on their way: sent again.') };
    case 413:
      return {
        kind: 'stop',
        error:
          message ??
          translate(
            'A proxy before the server refuses requests of this size (413): tell its admin.'
          )
      };
    default:
      return {
        kind: 'stop',
        hopeless: reason === 'bad_video',
        error: message ?? translate('The server answered with the status %1.', status)
      };
  }
}

/** Why there is no answer. */
function away(translate: Translate): string {
  return navigator.onLine
    ? translate('The server is away, trying again.')
    : translate('There is no network. It goes on as soon as there is one.');
}

function said(body: string): Partial<ErrorAnswer> {
  try {
    return JSON.parse(body) as Partial<ErrorAnswer>;
  } catch {
    return {};
  }
}
