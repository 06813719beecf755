/** @jsxImportSource preact */
import type { VNode } from 'preact';
import { useEffect, useReducer, useRef, useState } from 'preact/hooks';

import { Drop } from './drop';
import { ServerFiles } from './files';
import { Form } from './form';
import { Icon } from './icons';
import type { PanelModel } from './model';
import { IncomingRow, JobRow, LeftoverRow, Rows } from './rows';

/** Where the video comes from. */
type Source = 'computer' | 'server';

export function Panel({ model }: { model: PanelModel }): VNode {
  const { translate } = model;
  const [, redraw] = useReducer((turn: number) => turn + 1, 0);
  const [source, setSource] = useState<Source>('computer');
  const host = useRef<HTMLElement>(null);

  useEffect(() => model.onChange(() => redraw(0)), [model]);
  useEffect(() => {
    const observer = new IntersectionObserver(entries => {
      model.feed.show(observer, entries.at(-1)?.isIntersecting === true);
    });
    if (host.current !== null) {
      observer.observe(host.current);
    }
    return () => {
      observer.disconnect();
      model.feed.show(observer, false);
    };
  }, [model]);

  return (
    <section
      class="jp-videojobs-nb"
      aria-label={translate('Video jobs')}
      // Or a letter typed on a button would be a command for the notebook: x cuts the cell.
      data-lm-suppress-shortcuts="true"
      ref={host}
    >
      {model.trouble === null ? (
        <>
          <div class="jp-videojobs-nb-compose">
            <div class="jp-videojobs-nb-card">
              <Sources source={source} onSource={setSource} model={model} />
              {source === 'computer' ? <Drop model={model} /> : <ServerFiles model={model} />}
            </div>
            <div class="jp-videojobs-nb-card">
              <Form model={model} />
            </div>
          </div>
          <List model={model} />
        </>
      ) : (
        <div class="jp-videojobs-nb-trouble" role="alert">
          <Icon name="warning" size={28} />
          <h3>{model.trouble.title}</h3>
          <p>{model.trouble.message}</p>
          <button
            type="button"
            class="jp-videojobs-nb-button jp-mod-main"
            onClick={() => void model.connect()}
          >
            {translate('Try again')}
          </button>
        </div>
      )}
      <div class="jp-videojobs-nb-hidden" role="status" aria-live="polite">
        {model.announcement}
      </div>
    </section>
  );
}

function Sources(props: {
  model: PanelModel;
  source: Source;
  onSource: (source: Source) => void;
}): VNode {
  const { translate } = props.model;
  const tab = (source: Source, title: string): VNode => (
    <button
      type="button"
      role="radio"
      aria-checked={props.source === source}
      onClick={() => props.onSource(source)}
    >
      {title}
    </button>
  );
  return (
    <div class="jp-videojobs-nb-sources" role="radiogroup" aria-label={translate('Video from')}>
      {tab('computer', translate('From this computer'))}
      {tab('server', translate('On the server'))}
    </div>
  );
}

function List({ model }: { model: PanelModel }): VNode {
  const { translate, feed, intake } = model;
  const { incoming, leftovers } = intake;
  const trouble = feed.trouble === null ? null : model.troubleOf(feed.trouble);
  const empty = feed.begun && feed.jobs.length + incoming.length + leftovers.length === 0;
  return (
    <div class="jp-videojobs-nb-list">
      {trouble !== null && (
        <p role="alert" class="jp-videojobs-nb-banner">
          <span>
            <b>{trouble.title}.</b> {trouble.message}
          </span>
          <button type="button" class="jp-videojobs-nb-button" onClick={feed.refresh}>
            {translate('Try again')}
          </button>
        </p>
      )}
      {(incoming.length > 0 || leftovers.length > 0) && (
        <Rows label={translate('Uploads')}>
          {incoming.map(item => (
            <IncomingRow key={item.upload} model={model} item={item} />
          ))}
          {leftovers.map(item => (
            <LeftoverRow key={item.upload_id} model={model} item={item} />
          ))}
        </Rows>
      )}
      <Rows label={translate('Jobs')}>
        {feed.jobs.map(job => (
          <JobRow key={job.job_id} model={model} job={job} />
        ))}
      </Rows>
      {feed.more && (
        <button type="button" class="jp-videojobs-nb-link" onClick={() => feed.showMore()}>
          {translate('Show older jobs')}
        </button>
      )}
      {empty && (
        <p class="jp-videojobs-nb-empty">
          {translate(
            'Nothing has been analyzed yet. Choose a pipeline, then drop a video or pick one on the server: its job appears here, and goes on when this page is closed.'
          )}
        </p>
      )}
      {!feed.begun && trouble === null && (
        <p class="jp-videojobs-nb-empty">{translate('Asking the server …')}</p>
      )}
    </div>
  );
}
