import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { createContext, useContext, useEffect, useReducer } from 'react';
import type { ISignal } from '@lumino/signaling';

import type { Upload } from '../../upload';
import type { Uploads } from '../model/uploads';
import type { IVideoJobs } from '../tokens';

/** What every part of the panel needs. */
export interface PanelContext {
  readonly videoJobs: IVideoJobs;
  readonly commands: CommandRegistry;
  readonly trans: TranslationBundle;
  readonly uploads: Uploads;
  /** Ask what is to be done with a complete upload. */
  readonly submitUpload: (upload: Upload) => void;
  /** Open the context menu of a job. */
  readonly openMenu: (target: HTMLElement) => void;
  /** Open the menu of formats for the selected job. */
  readonly openFormats: (target: HTMLElement) => void;
}

export const Panel = createContext<PanelContext | null>(null);

export function usePanel(): PanelContext {
  const context = useContext(Panel);
  if (context === null) {
    throw new Error('This is a part of the panel.');
  }
  return context;
}

/** Render anew whenever a signal is emitted. */
export function useSignal<Sender>(signal: ISignal<Sender, unknown>): void {
  const [, render] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    signal.connect(render);
    return () => {
      signal.disconnect(render);
    };
  }, [signal]);
}
