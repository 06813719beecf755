import { h, render } from 'preact';

import type { PanelModel } from './model';
import { Panel } from './panel';

export type { Choice } from './choice';
export { Intake, intakeOfPage } from './intake';
export { PanelModel, type PanelOptions } from './model';
export { MESSAGE, Relay, type Wire } from './relay';

/** Draw a panel into an element; the result takes it away again. */
export function mountPanel(host: HTMLElement, model: PanelModel): () => void {
  render(h(Panel, { model }), host);
  return () => render(null, host);
}
