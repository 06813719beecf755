/** @jsxImportSource preact */
import type { ComponentChildren, VNode } from 'preact';

import type { ViewerModel } from './model';

/** What stands in place of the picture: why there is none, and what to do about it. */
export function Notice({ model }: { model: ViewerModel }): VNode | null {
  const { translate, playable } = model;
  if (model.refused !== null) {
    return <Card title={translate('There is nothing to see')}>{model.refused}</Card>;
  }
  const { state } = playable;
  switch (state.kind) {
    case 'source':
    case 'proxy':
      return null;
    case 'offer':
      return (
        <Card model={model} title={translate('This browser can’t play the video as it is')}>
          <p>
            {translate(
              'The server can make a copy of it in H.264, with each frame at its own time. That takes a while, beside other work.'
            )}
          </p>
          <button
            type="button"
            class="jp-videojobs-viewer-action"
            onClick={() => void playable.make()}
          >
            {translate('Make a playable copy')}
          </button>
        </Card>
      );
    case 'making': {
      const percent = Math.floor(state.fraction * 100);
      const title = state.waiting
        ? translate('Waiting to make a playable copy')
        : translate('Making a copy that this browser plays');
      return (
        <Card model={model} title={title}>
          <div
            class="jp-videojobs-viewer-progress"
            role="progressbar"
            aria-label={title}
            aria-valuenow={percent}
            aria-valuemin={0}
            aria-valuemax={100}
          >
            <div style={{ width: `${percent}%` }} />
          </div>
          <p>
            {percent}%{' '}
            <button
              type="button"
              class="jp-videojobs-viewer-link"
              onClick={() => void playable.cancel()}
            >
              {translate('Stop')}
            </button>
          </p>
        </Card>
      );
    }
    case 'failed':
      return (
        <Card model={model} title={translate('There is no copy that this browser plays')}>
          {state.message}
        </Card>
      );
    case 'gone':
      return (
        <Card model={model} title={translate('The video can’t be shown')}>
          <p>{state.message}</p>
          <p>{translate('What was found in it is still here.')}</p>
        </Card>
      );
  }
}

interface CardProps {
  title: string;
  model?: ViewerModel;
  children: ComponentChildren;
}

function Card({ title, model, children }: CardProps): VNode {
  const { server, jobId } = model?.options ?? {};
  return (
    <div class="jp-videojobs-viewer-notice">
      {server !== undefined && jobId !== undefined && (
        <img
          src={server.url(`jobs/${jobId}/thumbnail`)}
          alt=""
          onError={event => event.currentTarget.remove()}
        />
      )}
      <div class="jp-videojobs-viewer-card" role="status">
        <strong>{title}</strong>
        <div>{children}</div>
      </div>
    </div>
  );
}
