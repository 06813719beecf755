import type { JobsQuery, JobStatus } from '../../rest';

export type Status = JobStatus['status'];
export type Sort = NonNullable<JobsQuery['sort']>;

/** Which jobs the list shows, and in which order. */
export interface ListQuery {
  /** Empty: all. */
  readonly status: readonly Status[];
  /** Empty: all. */
  readonly pipelineId: string;
  /** A part of the job's or the video's name. */
  readonly text: string;
  readonly sort: Sort;
}

export const EVERYTHING: ListQuery = { status: [], pipelineId: '', text: '', sort: '-created_at' };

/** Whether some jobs are left out. */
export function isFiltered(query: ListQuery): boolean {
  return query.status.length > 0 || query.pipelineId !== '' || query.text !== '';
}

export function sameQuery(one: ListQuery, other: ListQuery): boolean {
  return JSON.stringify(toRest(one)) === JSON.stringify(toRest(other));
}

/** The query as the server takes it. */
export function toRest(query: ListQuery): JobsQuery {
  const asked: JobsQuery = { sort: query.sort };
  if (query.status.length > 0) {
    asked.status = [...query.status].sort();
  }
  if (query.pipelineId !== '') {
    asked.pipeline_id = query.pipelineId;
  }
  if (query.text.trim() !== '') {
    asked.q = query.text.trim();
  }
  return asked;
}

const STATUSES: readonly string[] = ['pending', 'running', 'completed', 'failed'];
const SORTS: readonly string[] = ['created_at', 'updated_at', 'name', 'status'];

/** Return a query that was kept as JSON; what is not understood is as in EVERYTHING. */
export function queryOf(kept: unknown): ListQuery {
  const { status, pipelineId, text, sort } = (kept ?? {}) as Record<string, unknown>;
  return {
    status: Array.isArray(status)
      ? status.filter((word): word is Status => STATUSES.includes(word as string))
      : [],
    pipelineId: typeof pipelineId === 'string' ? pipelineId : '',
    text: typeof text === 'string' ? text : '',
    sort:
      typeof sort === 'string' && SORTS.includes(sort.replace(/^-/, ''))
        ? (sort as Sort)
        : EVERYTHING.sort
  };
}
