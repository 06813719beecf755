import type { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect } from '@jupyterlab/ui-components';
import { useEffect, useRef, useState, type JSX } from 'react';

import { EVERYTHING, isFiltered, type ListQuery, type Sort, type Status } from '../model/query';
import { sortWord, statusWord } from '../words';
import { usePanel, useSignal } from './context';

/** Milliseconds without a key after which a search begins. */
const SEARCH_AFTER = 250;

const STATUSES: readonly Status[] = ['pending', 'running', 'completed', 'failed'];
const SORTS: readonly Sort[] = [
  '-created_at',
  'created_at',
  '-updated_at',
  'name',
  '-name',
  'status',
  '-status'
];

/** Search, filters and order of the list. */
export function Filters(): JSX.Element {
  const { videoJobs, trans } = usePanel();
  const { jobs, pipelines } = videoJobs;
  useSignal(jobs.changed);
  useSignal(pipelines.changed);
  const query = jobs.query;
  const set = (change: Partial<ListQuery>): void => {
    jobs.query = { ...query, ...change };
  };
  const known = pipelines.all.some(pipeline => pipeline.id === query.pipelineId);
  return (
    <div className="jp-videojobs-filters" role="search" aria-label={trans.__('Search video jobs')}>
      <SearchBox
        text={query.text}
        onSearch={text => {
          set({ text });
        }}
      />
      <div className="jp-videojobs-selects">
        <HTMLSelect
          className="jp-videojobs-select"
          aria-label={trans.__('Status')}
          title={trans.__('Status')}
          value={query.status[0] ?? ''}
          onChange={event => {
            const chosen = event.target.value as Status | '';
            set({ status: chosen === '' ? [] : [chosen] });
          }}
        >
          <option value="">{trans.__('Any status')}</option>
          {STATUSES.map(status => (
            <option key={status} value={status}>
              {statusWord(status, trans)}
            </option>
          ))}
        </HTMLSelect>
        <HTMLSelect
          className="jp-videojobs-select"
          aria-label={trans.__('Pipeline')}
          title={trans.__('Pipeline')}
          value={query.pipelineId}
          onChange={event => {
            set({ pipelineId: event.target.value });
          }}
        >
          <option value="">{trans.__('Any pipeline')}</option>
          {query.pipelineId !== '' && !known && (
            <option value={query.pipelineId}>{query.pipelineId}</option>
          )}
          {pipelines.all.map(({ id }) => (
            <option key={id} value={id}>
              {pipelines.title(id)}
            </option>
          ))}
        </HTMLSelect>
      </div>
      <div className="jp-videojobs-count">
        <span>{countWords(jobs.jobs.length, jobs.complete, trans)}</span>
        {isFiltered(query) && (
          <button
            type="button"
            className="jp-videojobs-link"
            onClick={() => {
              set({ ...EVERYTHING, sort: query.sort });
            }}
          >
            {trans.__('Show all')}
          </button>
        )}
        <HTMLSelect
          className="jp-videojobs-order"
          aria-label={trans.__('Order')}
          title={trans.__('Order')}
          value={query.sort}
          onChange={event => {
            set({ sort: event.target.value as Sort });
          }}
        >
          {SORTS.map(sort => (
            <option key={sort} value={sort}>
              {sortWord(sort, trans)}
            </option>
          ))}
        </HTMLSelect>
      </div>
    </div>
  );
}

function countWords(count: number, complete: boolean, trans: TranslationBundle): string {
  return complete ? trans._n('%1 job', '%1 jobs', count) : trans.__('%1 jobs and more', count);
}

function SearchBox(props: {
  readonly text: string;
  readonly onSearch: (text: string) => void;
}): JSX.Element {
  const { trans } = usePanel();
  const [text, setText] = useState(props.text);
  const asked = useRef(props.text);
  const { onSearch } = props;
  const latest = useRef(onSearch);
  latest.current = onSearch;

  // The search was set from elsewhere: by a restored layout, or by showing all again.
  useEffect(() => {
    if (props.text !== asked.current) {
      asked.current = props.text;
      setText(props.text);
    }
  }, [props.text]);

  useEffect(() => {
    const timer = setTimeout(() => {
      if (text !== asked.current) {
        asked.current = text;
        latest.current(text);
      }
    }, SEARCH_AFTER);
    return () => {
      clearTimeout(timer);
    };
  }, [text]);

  return (
    <input
      type="search"
      className="jp-videojobs-search"
      placeholder={trans.__('Search by name')}
      aria-label={trans.__('Search by name of job or video')}
      value={text}
      maxLength={200}
      spellCheck={false}
      onChange={event => {
        setText(event.target.value);
      }}
    />
  );
}
