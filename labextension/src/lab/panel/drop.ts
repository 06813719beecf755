import type { MimeData } from '@lumino/coreutils';

/** What JupyterLab's file browser says of the files that are dragged. */
const CONTENTS = 'application/x-jupyter-icontents';
const DROPPING = 'jp-mod-dropping';

/** What can be dropped: files of the desktop, and paths of files on the server. */
export interface Dropped {
  readonly files: (files: readonly File[]) => void;
  readonly paths: (paths: readonly string[]) => void;
}

/** Lumino's events of a drag inside of the page. */
interface PageDrag extends Event {
  readonly mimeData: MimeData;
  dropAction: string;
}

/** Let files be dropped onto an element. */
export function acceptDrops(node: HTMLElement, dropped: Dropped): void {
  const mark = (marked: boolean): void => {
    node.classList.toggle(DROPPING, marked);
  };
  const claim = (event: Event): void => {
    event.preventDefault();
    event.stopPropagation();
  };

  const onDesktopDrag = (event: DragEvent): void => {
    if (event.dataTransfer?.types.includes('Files') === true) {
      claim(event);
      mark(event.type !== 'drop');
      if (event.type === 'drop') {
        dropped.files([...event.dataTransfer.files]);
      }
    }
  };
  node.addEventListener('dragenter', onDesktopDrag);
  node.addEventListener('dragover', onDesktopDrag);
  node.addEventListener('drop', onDesktopDrag);
  node.addEventListener('dragleave', event => {
    if (!(event.relatedTarget instanceof Node && node.contains(event.relatedTarget))) {
      mark(false);
    }
  });

  const onPageDrag = (event: Event): void => {
    const drag = event as PageDrag;
    if (drag.mimeData.hasData(CONTENTS)) {
      claim(drag);
      drag.dropAction = 'copy';
      mark(drag.type !== 'lm-drop');
      if (drag.type === 'lm-drop') {
        dropped.paths(drag.mimeData.getData(CONTENTS) as string[]);
      }
    }
  };
  node.addEventListener('lm-dragenter', onPageDrag);
  node.addEventListener('lm-dragover', onPageDrag);
  node.addEventListener('lm-drop', onPageDrag);
  node.addEventListener('lm-dragleave', () => {
    mark(false);
  });
}
