/** What decides how often the server is asked, and what for. */
export interface Situation {
  /** Whether the list is on the screen. */
  readonly shown: boolean;
  /** How many jobs run, as far as this page knows. */
  readonly running: number;
  /** How many jobs wait, as far as this page knows. */
  readonly waiting: number;
  /** Whether the user has just changed something, so that more is about to change. */
  readonly stirred: boolean;
  /** How many looks in a row have failed. */
  readonly failures: number;
}

/** Milliseconds between looks at a server where nothing happens. */
export const IDLE = 5000;

/** Milliseconds until the next look; Infinity where only an event brings it about. */
export function pace(now: Situation, busy: number): number {
  if (!now.shown && now.running + now.waiting === 0) {
    return Infinity;
  }
  if (now.failures > 0) {
    return Math.min(busy * 2 ** now.failures, 2 * IDLE);
  }
  if (now.stirred || (now.shown && now.running > 0)) {
    return busy;
  }
  return Math.max(IDLE, busy);
}

/** One request: whether jobs are run at all, what has changed lately, what the list shows. */
export type Question = 'health' | 'changes' | 'list';

/** Milliseconds for which it is believed that the worker is as it was. */
export const HEALTH_AGE = 30_000;

export interface Turn extends Situation {
  /** Milliseconds since the last answer about the server's health; Infinity before the first. */
  readonly healthAge: number;
  /** Whether every new and every running job must be in the stretch that the list shows. */
  readonly covering: boolean;
  /** Whether the list has been answered at all. */
  readonly begun: boolean;
  /** Counts the looks. */
  readonly turn: number;
}

/** Return what to ask now: a single question where nothing happens. */
export function questions(now: Turn): Question[] {
  if (now.healthAge === Infinity) {
    return now.shown ? ['health', 'changes', 'list'] : ['health', 'changes'];
  }
  if (!now.shown) {
    return ['changes'];
  }
  if (!now.begun) {
    return ['list'];
  }
  const aged = now.healthAge > HEALTH_AGE;
  if (now.running > 0 || now.stirred || now.failures > 0) {
    const asked: Question[] = now.covering ? ['list'] : ['list', 'changes'];
    return aged ? ['health', ...asked] : asked;
  }
  if (aged) {
    return ['health'];
  }
  return now.covering || now.turn % 2 === 0 ? ['list'] : ['changes'];
}
