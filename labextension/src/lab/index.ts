import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

/** The plugins of the extension. */
const plugins: JupyterFrontEndPlugin<unknown>[] = [];

export default plugins;
