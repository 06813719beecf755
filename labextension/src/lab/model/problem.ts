import { ExtensionMissing, ServerAway, ServerRefused, type Health } from '../../rest';

/** Why the list may not be as things are, or why jobs don't move. */
export type Problem =
  | { readonly kind: 'away' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unauthorized' }
  /** The thread that runs jobs has died. */
  | { readonly kind: 'dead' }
  /** This server runs no jobs, and some wait. */
  | { readonly kind: 'off' }
  | { readonly kind: 'refused'; readonly message: string };

/** Return what an error of a request means for the list. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ServerAway) {
    return { kind: 'away' };
  }
  if (error instanceof ExtensionMissing) {
    return { kind: 'missing' };
  }
  if (error instanceof ServerRefused && (error.status === 401 || error.status === 403)) {
    return { kind: 'unauthorized' };
  }
  return { kind: 'refused', message: error instanceof Error ? error.message : String(error) };
}

/** Return why jobs don't move on a server that answers; null where they do. */
export function problemOfHealth(health: Health, waiting: number): Problem | null {
  if (health.worker.state === 'dead') {
    return { kind: 'dead' };
  }
  if (health.worker.state === 'off' && waiting > 0) {
    return { kind: 'off' };
  }
  return health.status === 'degraded' && Object.keys(health.jobs).length === 0
    ? { kind: 'refused', message: '' }
    : null;
}
