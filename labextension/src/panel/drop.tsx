/** @jsxImportSource preact */
import type { TargetedDragEvent, VNode } from 'preact';
import { useRef, useState } from 'preact/hooks';

import type { PanelModel } from './model';
import { Icon } from './icons';

/** What file choosers offer; dropped files are taken as they are, and judged by the server. */
const ACCEPT = 'video/*,.mkv,.avi,.ts,.mts,.m2ts,.mxf,.flv,.wmv,.mpg,.vob';

/** Where files of this computer are dropped or chosen. */
export function Drop({ model }: { model: PanelModel }): VNode {
  const { translate } = model;
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [said, setSaid] = useState('');
  const drag = (event: TargetedDragEvent<HTMLElement>): void => {
    // JupyterLab has ideas of its own about files that are dropped on a notebook.
    event.preventDefault();
    event.stopPropagation();
    setOver(event.type === 'dragenter' || event.type === 'dragover');
  };
  const drop = (event: TargetedDragEvent<HTMLElement>): void => {
    drag(event);
    const items = [...(event.dataTransfer?.items ?? [])].filter(each => each.kind === 'file');
    const folders = items.some(each => each.webkitGetAsEntry()?.isDirectory === true);
    setSaid(
      folders
        ? translate('Folders can’t be sent: open it, and drop the videos that are in it.')
        : ''
    );
    const files = items
      .filter(each => each.webkitGetAsEntry()?.isDirectory !== true)
      .map(each => each.getAsFile())
      .filter(each => each !== null);
    model.addFiles(files);
  };
  return (
    <div
      class={`jp-videojobs-nb-drop${over ? ' jp-mod-over' : ''}`}
      role="group"
      aria-label={translate('Videos of this computer')}
      onDragEnter={drag}
      onDragOver={drag}
      onDragLeave={drag}
      onDrop={drop}
    >
      <Icon name="drop" size={28} />
      <p class="jp-videojobs-nb-drop-title">{translate('Drop videos here')}</p>
      <p class="jp-videojobs-nb-faint">
        {translate(
          'Each is analyzed as soon as it is on the server. Any size; it goes on after a lost connection.'
        )}
      </p>
      <button
        type="button"
        class="jp-videojobs-nb-button"
        onClick={() => {
          input.current?.click();
        }}
      >
        {translate('Choose files')}
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept={ACCEPT}
        aria-label={translate('Files to send')}
        onChange={event => {
          setSaid('');
          model.addFiles([...(event.currentTarget.files ?? [])]);
          // The same file may be chosen again.
          event.currentTarget.value = '';
        }}
      />
      {said !== '' && (
        <p role="alert" class="jp-videojobs-nb-problem">
          {said}
        </p>
      )}
    </div>
  );
}
