import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Signal } from '@lumino/signaling';
import type { JSX } from 'react';

import { commandIDs } from '../commands';
import { videoJobsIcon } from '../icons';
import type { JobsModel } from '../model/jobs';
import { IVideoJobs } from '../tokens';

/** Shows in the status bar how many jobs run, and how far they are. */
export const statusPlugin: JupyterFrontEndPlugin<void> = {
  id: 'videojobs:status',
  description: 'Shows running video jobs in the status bar.',
  autoStart: true,
  requires: [IVideoJobs, IStatusBar],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    { jobs }: IVideoJobs,
    statusBar: IStatusBar,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('videojobs');
    const item = new StatusItem(jobs, trans, () => void app.commands.execute(commandIDs.showPanel));
    const activeStateChanged = new Signal<object, void>({});
    jobs.changed.connect(() => {
      activeStateChanged.emit();
      item.update();
    });
    statusBar.registerStatusItem('videojobs:status', {
      item,
      align: 'left',
      rank: 10,
      isActive: () => jobs.alive.length > 0,
      activeStateChanged
    });
  }
};

class StatusItem extends ReactWidget {
  constructor(
    private readonly jobs: JobsModel,
    private readonly trans: TranslationBundle,
    private readonly onPress: () => void
  ) {
    super();
    this.addClass('jp-videojobs-status');
  }

  protected override render(): JSX.Element {
    const text = statusText(this.jobs, this.trans);
    const title = this.trans.__('Video jobs: %1. Show the list.', text);
    return (
      <button type="button" title={title} aria-label={title} onClick={this.onPress}>
        <videoJobsIcon.react tag="span" />
        <span>{text}</span>
      </button>
    );
  }
}

/** Return how many jobs run and how far they are together, or how many wait. */
export function statusText(
  jobs: Pick<JobsModel, 'running' | 'alive'>,
  trans: TranslationBundle
): string {
  const { running, alive } = jobs;
  if (running.length === 0) {
    return trans.__('%1 waiting', alive.length);
  }
  const fraction = running.reduce((sum, job) => sum + (job.fraction ?? 0), 0) / running.length;
  const words = [trans.__('%1 running', running.length), `${Math.floor(fraction * 100)} %`];
  if (alive.length > running.length) {
    words.push(trans.__('%1 waiting', alive.length - running.length));
  }
  return words.join(' · ');
}
