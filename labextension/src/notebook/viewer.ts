import { settingsOfPage, VideoJobsServer } from '../rest';
import { mountViewer, type Row, type ViewerHandle } from '../viewer';

export { mountViewer } from '../viewer';
export { VideoJobsServer } from '../rest';

/** The kernel's side, as anywidget shows it: the traits of `VideoJobViewer`. */
interface Model {
  get: {
    (name: 'job_id'): string;
    (name: 'time'): number;
  };
  set: (name: 'time' | 'frame' | 'selected', value: number | Row | null) => void;
  save_changes: () => void;
  send: (content: { ask: 'poster' }) => void;
  on: (event: string, hear: (...args: never[]) => void) => void;
  off: (event: string, hear: (...args: never[]) => void) => void;
}

/** What the kernel answers where the page has no Jupyter server. */
interface Poster {
  advice: string;
}

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const settings = settingsOfPage();
  if (settings === null) {
    return renderLost(model, el);
  }
  const host = document.createElement('div');
  host.className = 'jp-videojobs-viewer-cell';
  el.append(host);
  const server = new VideoJobsServer(settings);
  let viewer: ViewerHandle | null = null;
  let told = 0;
  const mount = (): void => {
    viewer?.dispose();
    const time = model.get('time');
    viewer = mountViewer(host, {
      server,
      jobId: model.get('job_id'),
      ...(time > 0 ? { time } : {}),
      onPlace: place => {
        told = place.time;
        model.set('time', place.time);
        model.set('frame', place.frame);
        model.save_changes();
      },
      onSelect: row => {
        model.set('selected', row);
        model.save_changes();
      }
    });
  };
  const seek = (): void => {
    // What this page has told itself is no wish.
    if (model.get('time') !== told) {
      viewer?.seek(model.get('time'));
    }
  };
  mount();
  model.on('change:job_id', mount);
  model.on('change:time', seek);
  return () => {
    model.off('change:job_id', mount);
    model.off('change:time', seek);
    viewer?.dispose();
  };
}

/** Say what is missing on a page without a Jupyter server, and show at least a picture. */
function renderLost(model: Model, el: HTMLElement): () => void {
  const lost = document.createElement('div');
  lost.className = 'jp-videojobs-viewer-lost';
  lost.textContent = 'This page has no Jupyter server that the viewer could play the video from.';
  el.append(lost);
  let url = '';
  const hear = (content: Poster, buffers: DataView[]): void => {
    lost.textContent = content.advice;
    const [poster] = buffers;
    if (poster !== undefined && poster.byteLength > 0) {
      url = URL.createObjectURL(new Blob([poster as DataView<ArrayBuffer>]));
      const image = document.createElement('img');
      image.src = url;
      image.alt = 'A frame of the video';
      lost.append(image);
    }
  };
  model.on('msg:custom', hear);
  model.send({ ask: 'poster' });
  return () => {
    model.off('msg:custom', hear);
    URL.revokeObjectURL(url);
  };
}

export default { render };
