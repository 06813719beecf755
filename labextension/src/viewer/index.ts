import type { VideoJobsServer } from '../rest';

/** Puts a text into the reader's language; %1, %2 … stand for the arguments. */
export type Translate = (text: string, ...args: (string | number)[]) => string;

export interface ViewerOptions {
  server: VideoJobsServer;
  jobId: string;
  /** Seconds; where to begin. */
  time?: number;
  translate?: Translate;
}

export interface ViewerHandle {
  seek(time: number): void;
  dispose(): void;
}

/** Fill an element with a job's video. The element's size decides that of the viewer. */
export function mountViewer(host: HTMLElement, options: ViewerOptions): ViewerHandle {
  const video = document.createElement('video');
  video.className = 'jp-videojobs-viewer-video';
  video.controls = true;
  video.src = options.server.url(`jobs/${options.jobId}/video`);
  video.currentTime = options.time ?? 0;
  host.replaceChildren(video);
  return {
    seek: time => {
      video.currentTime = time;
    },
    dispose: () => {
      video.removeAttribute('src');
      video.load();
      host.replaceChildren();
    }
  };
}
