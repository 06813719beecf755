import { addIcon, ReactWidget, refreshIcon } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import type { JSX } from 'react';

import { commandIDs } from '../commands';
import { videoJobsIcon } from '../icons';
import { Announcer } from './announcer';
import { BulkBar } from './bulk';
import { Panel, usePanel, useSignal, type PanelContext } from './context';
import { Details } from './details';
import { Filters } from './filters';
import { JobGrid } from './grid';
import { acceptDrops, type Dropped } from './drop';
import { EmptyNotice, ProblemNotice } from './notices';
import { UploadList } from './uploads';

/** The side panel: the live list of jobs. */
export class JobsPanel extends ReactWidget {
  static readonly ID = 'jp-videojobs-panel';

  constructor(
    private readonly context: PanelContext,
    dropped: Dropped
  ) {
    super();
    const { trans } = context;
    this.id = JobsPanel.ID;
    this.addClass('jp-videojobs-panel');
    this.title.icon = videoJobsIcon;
    this.title.caption = trans.__('Video Jobs');
    this.node.dataset.drop = trans.__('Drop videos to analyze them');
    acceptDrops(this.node, dropped);
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Video Jobs'));
  }

  protected override render(): JSX.Element {
    return (
      <Panel.Provider value={this.context}>
        <Header />
        <Filters />
        <ProblemNotice />
        <UploadList />
        <BulkBar />
        <Body />
        <Details />
        <Announcer />
      </Panel.Provider>
    );
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.setShown();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.setShown();
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this.setShown();
  }

  protected override onBeforeDetach(message: Message): void {
    this.context.videoJobs.jobs.shown = false;
    super.onBeforeDetach(message);
  }

  /** Move the keyboard into the list, or to the search where it is empty. */
  protected override onActivateRequest(): void {
    const row = this.node.querySelector<HTMLElement>('[role="row"][tabindex="0"]');
    (row ?? this.node.querySelector<HTMLElement>('input'))?.focus();
  }

  private setShown(): void {
    const { jobs, pipelines } = this.context.videoJobs;
    jobs.shown = this.isVisible;
    if (this.isVisible) {
      void pipelines.load();
    }
  }
}

function Header(): JSX.Element {
  const { commands, videoJobs, trans } = usePanel();
  useSignal(commands.commandChanged);
  return (
    <header className="jp-videojobs-header">
      <h2>{trans.__('Video Jobs')}</h2>
      {commands.hasCommand(commandIDs.submit) && (
        <button
          type="button"
          className="jp-videojobs-icon-button"
          aria-label={trans.__('Analyze a video …')}
          title={trans.__('Analyze a video …')}
          onClick={() => void commands.execute(commandIDs.submit)}
        >
          <addIcon.react tag="span" />
        </button>
      )}
      <button
        type="button"
        className="jp-videojobs-icon-button"
        aria-label={trans.__('Refresh the list')}
        title={trans.__('Refresh the list')}
        onClick={() => void videoJobs.refresh()}
      >
        <refreshIcon.react tag="span" />
      </button>
    </header>
  );
}

function Body(): JSX.Element {
  const { videoJobs } = usePanel();
  useSignal(videoJobs.jobs.changed);
  return videoJobs.jobs.jobs.length > 0 ? <JobGrid /> : <EmptyNotice />;
}
