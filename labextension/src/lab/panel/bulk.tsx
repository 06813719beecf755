import type { JSX } from 'react';

import { commandIDs } from '../commands';
import { usePanel, useSignal } from './context';

/** What can be done to several selected jobs at once. */
export function BulkBar(): JSX.Element | null {
  const { videoJobs, commands, trans } = usePanel();
  const { jobs, selection } = videoJobs;
  useSignal(jobs.changed);
  useSignal(selection.changed);
  const count = selection.ids.size;
  if (count < 2) {
    return null;
  }
  const button = (command: string, label: string): JSX.Element => (
    <button
      type="button"
      className="jp-videojobs-chip"
      disabled={!commands.isEnabled(command)}
      onClick={() => void commands.execute(command)}
    >
      {label}
    </button>
  );
  return (
    <div className="jp-videojobs-bulk" role="toolbar" aria-label={trans.__('Selected jobs')}>
      <span>{trans._n('%1 selected', '%1 selected', count)}</span>
      {button(commandIDs.cancel, trans.__('Cancel'))}
      {button(commandIDs.retry, trans.__('Retry'))}
      {button(commandIDs.delete, trans.__('Delete'))}
      <button
        type="button"
        className="jp-videojobs-link"
        onClick={() => {
          selection.clear();
        }}
      >
        {trans.__('None')}
      </button>
    </div>
  );
}
