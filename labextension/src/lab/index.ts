import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { actionsPlugin } from './plugins/actions';
import { jobsPlugin } from './plugins/jobs';
import { logPlugin } from './plugins/log';
import { notificationsPlugin } from './plugins/notifications';
import { panelPlugin } from './plugins/panel';
import { runningPlugin } from './plugins/running';
import { statusPlugin } from './plugins/status';
import { submitPlugin } from './plugins/submit';
import { viewerPlugin } from './plugins/viewer';

export { commandIDs } from './commands';
export { IVideoJobs } from './tokens';

/** The plugins of the extension, one a file. */
const plugins: JupyterFrontEndPlugin<unknown>[] = [
  jobsPlugin,
  panelPlugin,
  actionsPlugin,
  viewerPlugin,
  logPlugin,
  runningPlugin,
  statusPlugin,
  notificationsPlugin,
  submitPlugin
];

export default plugins;
