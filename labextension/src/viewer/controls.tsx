/** @jsxImportSource preact */
import type { VNode } from 'preact';

import { clock } from './clock';
import { IconButton } from './icons';
import type { ViewerModel } from './model';

export const SPEEDS = [0.1, 0.25, 0.5, 1, 1.5, 2, 4];

/** Play, step, time, speed, volume, and what is filtered out. */
export function Controls({ model }: { model: ViewerModel }): VNode {
  const { player, translate, table, filter } = model;
  const { video } = player;
  const events = model.lanes.some(lane => model.isEventLane(lane));
  const tracks = model.lanes.some(lane => lane.tracks > 0);
  const scores = model.lanes.some(lane => lane.score !== null);
  return (
    <div class="jp-videojobs-viewer-controls" role="toolbar" aria-label={translate('Player')}>
      {events && (
        <IconButton
          icon="earlier"
          label={translate('Event before')}
          hint="["
          onClick={() => model.toEvent(-1)}
        />
      )}
      <IconButton
        icon="back"
        label={translate('Frame before')}
        hint=","
        onClick={() => model.step(-1)}
      />
      <IconButton
        icon={player.playing ? 'pause' : 'play'}
        label={player.playing ? translate('Pause') : translate('Play')}
        hint={translate('Space')}
        onClick={() => model.toggle()}
      />
      <IconButton
        icon="forth"
        label={translate('Next frame')}
        hint="."
        onClick={() => model.step(1)}
      />
      {events && (
        <IconButton
          icon="later"
          label={translate('Next event')}
          hint="]"
          onClick={() => model.toEvent(1)}
        />
      )}
      <span class="jp-videojobs-viewer-clock">
        <b>{clock(model.time)}</b> / {clock(model.whole.to)}
      </span>
      <span class="jp-videojobs-viewer-frame">
        {translate('frame')} <b>{model.frame}</b>
        {table === null ? '' : ` / ${table.count - 1}`}
      </span>
      <span class="jp-videojobs-viewer-space" />
      {scores && (
        <label class="jp-videojobs-viewer-filter">
          {translate('score ≥')} <output>{filter.minScore.toFixed(2)}</output>
          <input
            type="range"
            min="0"
            max="1"
            step="0.01"
            value={filter.minScore}
            aria-label={translate('Lowest score')}
            onInput={event => model.setFilter({ minScore: Number(event.currentTarget.value) })}
          />
        </label>
      )}
      {tracks && (
        <label class="jp-videojobs-viewer-filter">
          {translate('tracks')}
          <input
            type="text"
            inputMode="numeric"
            size={6}
            placeholder={translate('all')}
            aria-label={translate('Numbers of the tracks to show')}
            onInput={event => model.setFilter({ tracks: numbersIn(event.currentTarget.value) })}
          />
        </label>
      )}
      <select
        aria-label={translate('Speed')}
        title={translate('Speed (< >)')}
        value={String(video.playbackRate)}
        onChange={event => {
          video.playbackRate = Number(event.currentTarget.value);
        }}
      >
        {SPEEDS.map(speed => (
          <option key={speed} value={String(speed)}>
            {speed}×
          </option>
        ))}
      </select>
      {hasSound(video) && (
        <>
          <IconButton
            icon={video.muted ? 'muted' : 'sound'}
            label={video.muted ? translate('Sound on') : translate('Sound off')}
            hint="m"
            onClick={() => {
              video.muted = !video.muted;
            }}
          />
          <input
            type="range"
            class="jp-videojobs-viewer-volume"
            min="0"
            max="1"
            step="0.05"
            value={video.muted ? 0 : video.volume}
            aria-label={translate('Volume')}
            onInput={event => {
              video.muted = false;
              video.volume = Number(event.currentTarget.value);
            }}
          />
        </>
      )}
    </div>
  );
}

/** Numbers that a range gives at most: a slip of the finger must not fill the memory. */
const LONGEST_RANGE = 10_000;

/** Return the numbers in a text, whatever stands between them; `7-9` is a range. */
export function numbersIn(text: string): Set<number> {
  const found = new Set<number>();
  for (const [, first, last] of text.matchAll(/(\d+)(?:\s*[-–]\s*(\d+))?/g)) {
    const begin = Number(first);
    const end = Math.min(Number(last ?? first), begin + LONGEST_RANGE);
    // Whoever is still typing the end of a range has written a smaller number.
    for (let number = begin; number <= Math.max(begin, end); number++) {
      found.add(number);
    }
  }
  return found;
}

/** Tell whether there is anything to hear; each browser has its own way to say so. */
function hasSound(video: HTMLVideoElement): boolean {
  const told = video as HTMLVideoElement & {
    mozHasAudio?: boolean;
    webkitAudioDecodedByteCount?: number;
    audioTracks?: { length: number };
  };
  return (
    told.mozHasAudio === true ||
    (told.webkitAudioDecodedByteCount ?? 0) > 0 ||
    (told.audioTracks?.length ?? 0) > 0
  );
}
