/** @jsxImportSource preact */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { ServerRefused } from '../rest';
import { Icon } from './icons';
import { messageOf, type PanelModel } from './model';
import { bytes } from './words';

interface Entry {
  name: string;
  path: string;
  type: string;
  size: number | null;
  mimetype: string | null;
}

const VIDEO = /\.(mp4|m4v|mov|mkv|webm|avi|ts|mts|m2ts|mpe?g|mxf|flv|wmv|ogv|3gp|vob)$/i;

/** Folders of the server, and the videos in them; or a path that is typed. */
export function ServerFiles({ model }: { model: PanelModel }): VNode {
  const { translate } = model;
  const [folder, setFolder] = useState('');
  const [entries, setEntries] = useState<readonly Entry[] | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  const [path, setPath] = useState('');
  const [busy, setBusy] = useState(false);
  const [turn, setTurn] = useState(0);

  useEffect(() => {
    let current = true;
    setEntries(null);
    setSaid(null);
    entriesOf(model, folder)
      .then(found => {
        if (current) {
          setEntries(found);
        }
      })
      .catch((error: unknown) => {
        if (current) {
          setEntries([]);
          setSaid(messageOf(error));
        }
      });
    return () => {
      current = false;
    };
  }, [folder, turn]);

  const submit = async (wanted: string): Promise<void> => {
    if (wanted.trim() === '') {
      setSaid(translate('Choose a video, or type its path.'));
      return;
    }
    setBusy(true);
    setSaid(await model.submitPath(wanted.trim().replace(/^\/+/, '')));
    setBusy(false);
  };
  const steps = folder === '' ? [] : folder.split('/');
  return (
    <div class="jp-videojobs-nb-files">
      <nav class="jp-videojobs-nb-crumbs" aria-label={translate('Folder')}>
        <button
          type="button"
          onClick={() => setFolder('')}
          title={translate('The server’s folder')}
        >
          <Icon name="folder" size={16} />
        </button>
        {steps.map((step, index) => (
          <>
            <span aria-hidden="true">/</span>
            <button type="button" onClick={() => setFolder(steps.slice(0, index + 1).join('/'))}>
              {step}
            </button>
          </>
        ))}
        <span class="jp-videojobs-nb-space" />
        <button
          type="button"
          title={translate('Look again')}
          aria-label={translate('Look again')}
          onClick={() => setTurn(turn + 1)}
        >
          <Icon name="retry" size={15} />
        </button>
      </nav>
      <ul class="jp-videojobs-nb-entries" aria-label={translate('Folders and videos')}>
        {entries?.map(entry => (
          <li key={entry.path}>
            {entry.type === 'directory' ? (
              <button type="button" onClick={() => setFolder(entry.path)}>
                <Icon name="folder" size={16} />
                <span class="jp-videojobs-nb-name">{entry.name}</span>
              </button>
            ) : (
              <button
                type="button"
                aria-pressed={path === entry.path}
                onClick={() => setPath(entry.path)}
                onDblClick={() => void submit(entry.path)}
              >
                <Icon name="film" size={16} />
                <span class="jp-videojobs-nb-name">{entry.name}</span>
                <span class="jp-videojobs-nb-faint">
                  {entry.size === null ? '' : bytes(entry.size)}
                </span>
              </button>
            )}
          </li>
        ))}
        {entries?.length === 0 && (
          <li class="jp-videojobs-nb-faint jp-videojobs-nb-none">
            {translate(
              'No folders and no videos here. Copy some into the server’s folder, or type a path below.'
            )}
          </li>
        )}
        {entries === null && <li class="jp-videojobs-nb-none">{translate('Looking …')}</li>}
      </ul>
      <div class="jp-videojobs-nb-path">
        <input
          type="text"
          aria-label={translate('Path in the server’s folder')}
          placeholder={translate('or type a path: clips/a.mp4')}
          spellcheck={false}
          value={path}
          onInput={event => setPath(event.currentTarget.value)}
          onKeyDown={event => {
            if (event.key === 'Enter') {
              void submit(event.currentTarget.value);
            }
          }}
        />
        <button
          type="button"
          class="jp-videojobs-nb-button jp-mod-main"
          disabled={busy}
          onClick={() => void submit(path)}
        >
          {translate('Analyze')}
        </button>
      </div>
      {said !== null && said !== '' && (
        <p role="alert" class="jp-videojobs-nb-problem">
          {said}
        </p>
      )}
    </div>
  );
}

/** Ask Jupyter's own Contents API for the folders and the videos in a folder. */
async function entriesOf(model: PanelModel, folder: string): Promise<Entry[]> {
  const at = folder.split('/').map(encodeURIComponent).join('/');
  const root = new URL('../../', model.server.url(''));
  const url = new URL(`api/contents/${at}?content=1&type=directory`, root);
  const response = await model.server.fetch(new Request(url));
  if (!response.ok) {
    throw new ServerRefused(
      response.status,
      response.status === 404
        ? model.translate('The folder is not there any more.')
        : model.translate('The server doesn’t show this folder (%1).', response.status),
      'contents'
    );
  }
  const { content } = (await response.json()) as { content: Entry[] };
  return content
    .filter(
      each =>
        each.type === 'directory' ||
        VIDEO.test(each.name) ||
        each.mimetype?.startsWith('video/') === true
    )
    .sort(
      (one, other) =>
        Number(other.type === 'directory') - Number(one.type === 'directory') ||
        one.name.localeCompare(other.name, undefined, { numeric: true })
    );
}
