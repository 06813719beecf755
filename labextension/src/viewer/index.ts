import { h, render } from 'preact';

import { App } from './app';
import { ViewerModel } from './model';
import type { ViewerHandle, ViewerOptions } from './options';

export type { Place, Translate, ViewerHandle, ViewerOptions } from './options';
export type { Row } from './rows';

/** Fill an element with a job's video and what was found in it; it follows the element's size. */
export function mountViewer(host: HTMLElement, options: ViewerOptions): ViewerHandle {
  const video = document.createElement('video');
  const model = new ViewerModel(video, options);
  host.replaceChildren();
  render(h(App, { model, video }), host);
  return {
    seek: time => model.seekTime(time),
    dispose: () => {
      model.dispose();
      render(null, host);
    }
  };
}
