import { closeIcon, pauseIcon, runIcon, type LabIcon } from '@jupyterlab/ui-components';
import type { JSX } from 'react';

import type { Upload } from '../../upload';
import { bytes, duration } from '../words';
import { usePanel, useSignal } from './context';

/** The videos that are on their way to the server. */
export function UploadList(): JSX.Element | null {
  const { uploads, trans } = usePanel();
  useSignal(uploads.changed);
  if (uploads.all.length === 0) {
    return null;
  }
  return (
    <ul className="jp-videojobs-uploads" aria-label={trans.__('Uploads')}>
      {uploads.all.map((upload, place) => (
        <UploadRow key={place} upload={upload} />
      ))}
    </ul>
  );
}

function UploadRow({ upload }: { readonly upload: Upload }): JSX.Element {
  const { submitUpload, trans } = usePanel();
  const { name } = upload.file;
  const done = upload.total > 0 ? Math.floor((upload.sent / upload.total) * 100) : 100;
  return (
    <li className="jp-videojobs-upload" data-state={upload.state}>
      <div className="jp-videojobs-upload-head">
        <span className="jp-videojobs-row-name" title={name}>
          {name}
        </span>
        {(upload.state === 'uploading' || upload.state === 'waiting') &&
          button(trans.__('Pause the upload of %1', name), pauseIcon, () => {
            upload.pause();
          })}
        {(upload.state === 'paused' || upload.state === 'failed') &&
          button(trans.__('Go on with the upload of %1', name), runIcon, () => {
            upload.resume();
          })}
        {button(trans.__('Remove the upload of %1', name), closeIcon, () => void upload.remove())}
      </div>
      <div className="jp-videojobs-progress">
        <div
          role="progressbar"
          className="jp-videojobs-bar"
          aria-label={trans.__('Upload of %1', name)}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={done}
        >
          <div className="jp-videojobs-bar-done" style={{ width: `${done}%` }} />
        </div>
        <span className="jp-videojobs-percent" aria-hidden="true">
          {done} %
        </span>
      </div>
      <div className="jp-videojobs-row-more">
        <UploadLine upload={upload} />
      </div>
      {upload.state === 'finished' && (
        <button
          type="button"
          className="jp-videojobs-chip"
          onClick={() => {
            submitUpload(upload);
          }}
        >
          {trans.__('Analyze …')}
        </button>
      )}
    </li>
  );
}

function button(label: string, icon: LabIcon, onPress: () => void): JSX.Element {
  return (
    <button
      type="button"
      className="jp-videojobs-icon-button"
      aria-label={label}
      title={label}
      onClick={onPress}
    >
      <icon.react tag="span" />
    </button>
  );
}

function UploadLine({ upload }: { readonly upload: Upload }): JSX.Element {
  const { trans } = usePanel();
  switch (upload.state) {
    case 'waiting':
      return <>{trans.__('Waits for its turn')}</>;
    case 'paused':
      return <>{trans.__('Paused at %1 of %2', bytes(upload.sent), bytes(upload.total))}</>;
    case 'finished':
      return <>{trans.__('On the server')}</>;
    case 'failed':
      return <strong role="alert">{upload.error}</strong>;
    case 'uploading': {
      if (upload.notice !== null) {
        return <>{upload.notice}</>;
      }
      const words = [trans.__('%1 of %2', bytes(upload.sent), bytes(upload.total))];
      if (upload.bytesPerSecond > 0) {
        words.push(trans.__('%1/s', bytes(upload.bytesPerSecond)));
      }
      if (upload.secondsLeft !== null) {
        words.push(trans.__('%1 left', duration(upload.secondsLeft, trans)));
      }
      return <>{words.join(' · ')}</>;
    }
  }
}
