import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { jobsPlugin } from './plugins/jobs';
import { panelPlugin } from './plugins/panel';

export { commandIDs } from './commands';
export { IVideoJobs } from './tokens';

/** The plugins of the extension, one a file. */
const plugins: JupyterFrontEndPlugin<unknown>[] = [jobsPlugin, panelPlugin];

export default plugins;
