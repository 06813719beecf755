/** @jsxImportSource preact */
import type { VNode } from 'preact';
import { useEffect, useReducer, useRef, useState } from 'preact/hooks';

import { Banner } from './banner';
import { Controls } from './controls';
import { IconButton } from './icons';
import { KEYS, press } from './keys';
import type { ViewerModel } from './model';
import { Stage } from './stage';
import { RowsTable } from './table';
import { Timeline } from './timeline';

/** The viewer's whole page. */
export function App({ model, video }: { model: ViewerModel; video: HTMLVideoElement }): VNode {
  const root = useRef<HTMLElement>(null);
  const [, refresh] = useReducer((count: number) => count + 1, 0);
  const [help, setHelp] = useState(false);
  const [rows, setRows] = useState(true);
  useEffect(() => model.subscribe(() => refresh(undefined)), [model]);
  const { translate, job } = model;
  const frame = {
    toggleHelp: () => setHelp(shown => !shown),
    toggleRows: () => setRows(shown => !shown),
    toggleFull: () => {
      void (document.fullscreenElement === null
        ? root.current?.requestFullscreen()
        : document.exitFullscreen());
    },
    close: () => {
      if (help) {
        setHelp(false);
        root.current?.focus();
      } else {
        model.select(null);
      }
    }
  };
  const name = job === null ? '' : job.name === '' ? job.input_name : job.name;
  return (
    <section
      ref={root}
      class="jp-videojobs-viewer"
      tabIndex={-1}
      aria-label={translate('Video job %1', name)}
      // Lab's and the notebook's own keys would get in first.
      data-lm-suppress-shortcuts="true"
      onKeyDown={event => {
        const typed = (event.target as HTMLElement).closest('input[type=text], select');
        const onButton = (event.target as HTMLElement).closest('button') !== null;
        const onRange = (event.target as HTMLElement).closest('input[type=range]') !== null;
        if (typed !== null || (onButton && event.key === ' ') || (onRange && isArrow(event.key))) {
          return;
        }
        if (press(event, model, frame)) {
          event.preventDefault();
          event.stopPropagation();
        }
      }}
    >
      <header class="jp-videojobs-viewer-header">
        <span class="jp-videojobs-viewer-title" title={job?.input_name}>
          {name}
        </span>
        {job !== null && (
          <>
            <span class="jp-videojobs-viewer-pipeline">{job.pipeline_id}</span>
            <span class={`jp-videojobs-viewer-status jp-mod-${job.status}`}>
              {translate(job.status)}
            </span>
          </>
        )}
        <span class="jp-videojobs-viewer-space" />
        <IconButton
          icon="captions"
          label={translate('Captions')}
          hint="l"
          pressed={model.captions}
          onClick={() => {
            model.captions = !model.captions;
            model.repaint();
            model.changed();
          }}
        />
        <IconButton
          icon="trails"
          label={translate('Trails of tracks')}
          hint="r"
          pressed={model.trails}
          onClick={() => {
            model.trails = !model.trails;
            model.repaint();
            model.changed();
          }}
        />
        <IconButton
          icon="rows"
          label={translate('Rows')}
          hint="t"
          pressed={rows}
          onClick={frame.toggleRows}
        />
        <IconButton
          icon="speak"
          label={translate('Say what is on this frame')}
          hint="i"
          onClick={() => model.describe()}
        />
        <IconButton
          icon="help"
          label={translate('Keys')}
          hint="?"
          pressed={help}
          onClick={frame.toggleHelp}
        />
        <IconButton
          icon="full"
          label={translate('Full screen')}
          hint="f"
          onClick={frame.toggleFull}
        />
      </header>
      <Banner model={model} />
      <div class="jp-videojobs-viewer-main">
        <Stage model={model} video={video} />
        {rows && model.refused === null && <RowsTable model={model} />}
      </div>
      <Controls model={model} />
      <Timeline model={model} />
      <div class="jp-videojobs-viewer-unseen" role="status" aria-live="polite">
        {model.spoken}
      </div>
      {help && <Help model={model} onClose={frame.close} />}
    </section>
  );
}

function isArrow(key: string): boolean {
  return key.startsWith('Arrow') || key.startsWith('Page') || key === 'Home' || key === 'End';
}

function Help({ model, onClose }: { model: ViewerModel; onClose: () => void }): VNode {
  const { translate } = model;
  const dialog = useRef<HTMLDivElement>(null);
  useEffect(() => dialog.current?.focus(), []);
  return (
    <div
      ref={dialog}
      class="jp-videojobs-viewer-help"
      role="dialog"
      aria-label={translate('Keys')}
      tabIndex={-1}
    >
      <header>
        <strong>{translate('Keys')}</strong>
        <IconButton icon="close" label={translate('Close')} hint="Esc" onClick={onClose} />
      </header>
      <dl>
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{translate(what)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
