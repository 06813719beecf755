import type { VideoJobsServer } from '../rest';
import type { Row } from './rows';

/** Puts a text into the reader's language; %1, %2 … stand for the arguments. */
export type Translate = (text: string, ...args: (string | number)[]) => string;

/** Where the viewer is in its video. */
export interface Place {
  /** Seconds of the frame that is shown. */
  time: number;
  /** Its number, from 0. */
  frame: number;
}

export interface ViewerOptions {
  server: VideoJobsServer;
  jobId: string;
  /** Seconds; where to begin. */
  time?: number;
  translate?: Translate;
  /** Hears which frame is shown, at most a few times a second while the video plays. */
  onPlace?: (place: Place) => void;
  /** Hears which row was chosen; null when none is any more. */
  onSelect?: (row: Row | null) => void;
}

export interface ViewerHandle {
  /** Show the frame at a time, in seconds. */
  seek(time: number): void;
  /** Stop everything and empty the element. */
  dispose(): void;
}

/** Fill in the arguments and leave the words as they are. */
export const untranslated: Translate = (text, ...args) =>
  text.replace(/%(\d+)/g, (place, number: string) => String(args[Number(number) - 1] ?? place));
