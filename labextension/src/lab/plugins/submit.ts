import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { FileDialog, IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { runIcon } from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { Choice } from '../../panel/choice';
import { commandIDs } from '../commands';
import { isVideo } from '../files';
import { videoJobsIcon } from '../icons';
import { ask } from '../submit/dialog';
import { SubmitModel, type Source } from '../submit/model';
import { IVideoJobs } from '../tokens';

const SETTINGS = 'videojobs:jobs';

const SCHEMA = {
  type: 'object' as const,
  properties: {
    path: { type: 'string', description: 'A file on the server.' },
    uploadId: { type: 'string', description: 'A finished upload.' },
    name: { type: 'string', description: 'The file name of the upload.' },
    jobId: { type: 'string', description: 'A job whose video and settings are used again.' },
    pipelineId: { type: 'string', description: 'The pipeline that is proposed.' }
  }
};

/** Submits videos: by a dialog, from the file browser, from the launcher. */
export const submitPlugin: JupyterFrontEndPlugin<void> = {
  id: 'videojobs:submit',
  description: 'Submits videos to be analyzed.',
  autoStart: true,
  requires: [IVideoJobs],
  optional: [ITranslator, ICommandPalette, IDefaultFileBrowser, ILauncher, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    videoJobs: IVideoJobs,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    browser: IDefaultFileBrowser | null,
    launcher: ILauncher | null,
    registry: ISettingRegistry | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('videojobs');
    const { server, pipelines } = videoJobs;
    let last: string | null = null;

    const proposed = async (): Promise<string> => {
      const settings = await registry?.load(SETTINGS).catch(() => undefined);
      return (
        last ?? (settings?.get('defaultPipeline').composite as string | undefined) ?? 'quicklook'
      );
    };

    /** Return what is to be analyzed, and with which settings to begin. */
    const beginning = async (args: ReadonlyPartialJSONObject): Promise<[Source, Choice]> => {
      const plain = { params: {}, frameStride: null, maxFrames: null, name: '' };
      if (typeof args.jobId === 'string') {
        const params = { path: { job_id: args.jobId } };
        const sent = server.rest.GET('/jobs/{job_id}/settings', { params });
        const told = await server.unwrap(sent);
        const choice = {
          pipelineId: told.pipeline_id,
          params: told.params as Choice['params'],
          frameStride: told.frame_stride,
          maxFrames: told.max_frames,
          name: told.name
        };
        return [{ jobId: args.jobId, name: told.input_name }, choice];
      }
      const pipelineId = typeof args.pipelineId === 'string' ? args.pipelineId : await proposed();
      const choice = { ...plain, pipelineId };
      if (typeof args.uploadId === 'string') {
        const name = typeof args.name === 'string' ? args.name : args.uploadId;
        return [{ uploadId: args.uploadId, name }, choice];
      }
      const paths = Array.isArray(args.paths) ? args.paths : [args.path];
      return [{ paths: paths.filter(path => typeof path === 'string') }, choice];
    };

    /** Let the user choose files of the server; null where none was chosen. */
    const browse = async (): Promise<string[] | null> => {
      if (browser === null) {
        return null;
      }
      const { value } = await FileDialog.getOpenFiles({
        manager: browser.model.manager,
        title: trans.__('Videos to Analyze'),
        filter: item => (item.type === 'directory' || isVideo(item.path) ? {} : null)
      });
      return value === null || value.length === 0 ? null : value.map(({ path }) => path);
    };

    const submit = async (args: ReadonlyPartialJSONObject): Promise<string | null> => {
      await pipelines.reload();
      const [source, choice] = await beginning(args);
      const model = new SubmitModel(
        server,
        pipelines.all,
        (text, ...values) => trans.__(text, ...values),
        source,
        choice
      );
      if ('paths' in source && source.paths.length === 0) {
        const paths = await browse();
        if (paths === null && browser !== null) {
          return null;
        }
        model.take(paths ?? []);
      }
      model.reckon();
      for (;;) {
        const answer = await ask(model, trans, { browse: browser !== null });
        if (answer === 'cancel') {
          model.dispose();
          return null;
        }
        if (answer === 'browse') {
          const paths = await browse();
          if (paths !== null) {
            model.take(paths);
          }
          continue;
        }
        const jobIds = await model.submit();
        for (const jobId of jobIds) {
          await videoJobs.refresh(jobId);
        }
        const newest = jobIds.at(-1);
        if (model.ready && newest !== undefined) {
          last = model.choice.pipelineId;
          model.dispose();
          return newest;
        }
      }
    };

    const told = async (args: ReadonlyPartialJSONObject): Promise<string | null> => {
      try {
        return await submit(args);
      } catch (error) {
        Notification.error(error instanceof Error ? error.message : String(error));
        return null;
      }
    };

    app.commands.addCommand(commandIDs.submit, {
      label: args =>
        args.isLauncher === true ? trans.__('Video Job') : trans.__('Analyze Video …'),
      caption: trans.__('Choose a video and what is done with it'),
      icon: args => (args.isPalette === true ? undefined : videoJobsIcon),
      describedBy: { args: SCHEMA },
      execute: told
    });
    palette?.addItem({
      command: commandIDs.submit,
      category: trans.__('Video Jobs'),
      args: { isPalette: true }
    });
    launcher?.add({
      command: commandIDs.submit,
      category: trans.__('Other'),
      rank: 5,
      args: { isLauncher: true }
    });

    const chosen = (): string[] =>
      [...(browser?.selectedItems() ?? [])].map(item => item.path).filter(isVideo);
    app.commands.addCommand(commandIDs.analyzeFile, {
      label: trans.__('Analyze Video …'),
      icon: runIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      isVisible: () => chosen().length > 0,
      execute: () => told({ paths: chosen() })
    });
  }
};
