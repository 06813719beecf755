import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type JSX,
  type KeyboardEvent,
  type MouseEvent
} from 'react';

import type { JobStatus } from '../../rest';
import type { Choice } from '../model/selection';
import { usePanel, useSignal } from './context';
import { JobRow, ROW, rowId } from './row';

/** Rows that are kept ready above and below the visible ones. */
const SPARE = 6;

/** The list: only the rows on the screen are in the page. */
export function JobGrid(): JSX.Element {
  const { videoJobs, trans, openMenu } = usePanel();
  const { jobs: model, selection } = videoJobs;
  useSignal(model.changed);
  useSignal(selection.changed);
  useSignal(videoJobs.pipelines.changed);
  const minute = useMinute();
  const scroller = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  const jobs = model.jobs;
  const order = useRef<readonly string[]>([]);
  const wantsFocus = useRef(false);
  const holdsFocus = useRef(false);

  const first = Math.max(Math.floor(view.top / ROW), 0);
  const last = Math.min(Math.ceil((view.top + view.height) / ROW), jobs.length) - 1;

  const measure = useCallback(() => {
    const node = scroller.current;
    if (node !== null && node.clientHeight > 0) {
      const next = { top: node.scrollTop, height: node.clientHeight };
      setView(old => (old.top === next.top && old.height === next.height ? old : next));
    }
  }, []);

  useEffect(() => {
    const observer = new ResizeObserver(measure);
    if (scroller.current !== null) {
      observer.observe(scroller.current);
    }
    return () => {
      observer.disconnect();
    };
  }, [measure]);

  useEffect(() => {
    model.view(first, last);
  }, [model, first, last, jobs.length]);

  // What is looked at stays where it is when jobs come or go above it.
  useLayoutEffect(() => {
    const before = order.current;
    const now = jobs.map(job => job.job_id);
    order.current = now;
    const node = scroller.current;
    if (node === null || before.length === 0) {
      return;
    }
    const active = document.activeElement;
    // The focus of a row that is gone by now has fallen to the page.
    const held = node.contains(active) || (holdsFocus.current && active === document.body);
    if (node.scrollTop > 0) {
      const top = Math.floor(node.scrollTop / ROW);
      const places = new Map(now.map((id, place) => [id, place]));
      const stayed = before.slice(top).find(id => places.has(id));
      if (stayed !== undefined) {
        node.scrollTop += ((places.get(stayed) ?? 0) - before.indexOf(stayed, top)) * ROW;
        measure();
      }
    }
    const focus = selection.focus;
    selection.keep(before, now);
    if (selection.focus !== focus && held) {
      wantsFocus.current = true;
    }
  }, [jobs, selection, measure]);

  // The keyboard stays at its job, also where the row was made anew.
  useEffect(() => {
    if (wantsFocus.current && selection.focus !== null) {
      const row = document.getElementById(rowId(selection.focus));
      if (row !== null) {
        wantsFocus.current = false;
        row.focus({ preventScroll: true });
      }
    }
  });

  const choose = useCallback(
    (jobId: string, event: MouseEvent) => {
      if (event.target instanceof Element && event.target.closest('button') !== null) {
        if (!selection.ids.has(jobId)) {
          selection.choose(jobId, 'only', order.current);
        }
        return;
      }
      selection.choose(jobId, choiceOf(event), order.current);
    },
    [selection]
  );

  const goTo = (place: number, choice: Choice): void => {
    const job = jobs[Math.min(Math.max(place, 0), jobs.length - 1)];
    if (job !== undefined) {
      selection.choose(job.job_id, choice, order.current);
      wantsFocus.current = true;
      reveal(scroller.current, order.current.indexOf(job.job_id));
      measure();
    }
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const place = order.current.indexOf(selection.focus ?? '');
    const page = Math.max(Math.floor(view.height / ROW) - 1, 1);
    const moves: Record<string, number> = {
      ArrowDown: place + 1,
      ArrowUp: place - 1,
      PageDown: place + page,
      PageUp: place - page,
      Home: 0,
      End: jobs.length - 1
    };
    const target = moves[event.key];
    const accel = event.ctrlKey || event.metaKey;
    if (target !== undefined) {
      goTo(target, event.shiftKey ? 'range' : accel ? 'focus' : 'only');
    } else if (event.key === ' ' && selection.focus !== null) {
      goTo(place, 'toggle');
    } else if (event.key === 'a' && accel) {
      selection.all(order.current);
    } else if (event.key === 'Escape' && selection.ids.size > 0) {
      selection.clear();
    } else if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) {
      if (selection.focus !== null && !selection.ids.has(selection.focus)) {
        selection.choose(selection.focus, 'only', order.current);
      }
      const row = document.getElementById(rowId(selection.focus ?? ''));
      if (row !== null) {
        openMenu(row);
      }
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  const focus = selection.focus ?? jobs[0]?.job_id ?? null;
  const rows: JSX.Element[] = [];
  const row = (job: JobStatus, place: number): JSX.Element => (
    <JobRow
      key={job.job_id}
      job={job}
      place={place}
      pipeline={videoJobs.pipelines.title(job.pipeline_id)}
      selected={selection.ids.has(job.job_id)}
      current={job.job_id === focus}
      minute={minute}
      onChoose={choose}
    />
  );
  const from = Math.max(first - SPARE, 0);
  const to = Math.min(last + SPARE, jobs.length - 1);
  for (let place = from; place <= to; place++) {
    const job = jobs[place];
    if (job !== undefined) {
      rows.push(row(job, place));
    }
  }
  // The row with the focus stays in the page, or else the focus would be lost by scrolling.
  const focused = jobs.findIndex(job => job.job_id === focus);
  const kept = jobs[focused];
  if (kept !== undefined && (focused < from || focused > to)) {
    rows.push(row(kept, focused));
  }

  return (
    <div className="jp-videojobs-scroller" ref={scroller} onScroll={measure} tabIndex={-1}>
      <div
        role="grid"
        className="jp-videojobs-grid"
        aria-label={trans.__('Video jobs')}
        aria-multiselectable="true"
        aria-rowcount={model.complete ? jobs.length : -1}
        style={{ height: jobs.length * ROW }}
        onKeyDown={onKeyDown}
        onBlur={event => {
          if (event.relatedTarget !== null) {
            holdsFocus.current = false;
          }
        }}
        onFocus={event => {
          holdsFocus.current = true;
          const jobId = (event.target as HTMLElement).dataset.job;
          if (jobId !== undefined && selection.focus !== jobId) {
            selection.choose(jobId, 'focus', order.current);
          }
        }}
      >
        {rows}
      </div>
      {!model.complete && jobs.length > 0 && (
        <div className="jp-videojobs-loading">{trans.__('Loading more …')}</div>
      )}
    </div>
  );
}

function choiceOf(event: MouseEvent): Choice {
  if (event.shiftKey) {
    return 'range';
  }
  return event.ctrlKey || event.metaKey ? 'toggle' : 'only';
}

/** Scroll just so far that a row is on the screen. */
function reveal(node: HTMLElement | null, place: number): void {
  if (node === null) {
    return;
  }
  if (place * ROW < node.scrollTop) {
    node.scrollTop = place * ROW;
  } else if ((place + 1) * ROW > node.scrollTop + node.clientHeight) {
    node.scrollTop = (place + 1) * ROW - node.clientHeight;
  }
}

/** Return a number that grows every minute. */
function useMinute(): number {
  const [minute, setMinute] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) {
        setMinute(count => count + 1);
      }
    }, 60_000);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return minute;
}
