import { SPEEDS } from './controls';
import type { ViewerModel } from './model';

/** What the page's frame can do besides the model. */
export interface Frame {
  toggleHelp: () => void;
  toggleRows: () => void;
  toggleFull: () => void;
  close: () => void;
}

/** Keys as people see them, and what they do; for the help. */
export const KEYS: readonly (readonly [string, string])[] = [
  ['Space · k', 'Play or pause'],
  [', .  ·  ← →', 'A frame back or forth'],
  ['Shift + ← →', 'A second back or forth'],
  ['Page up/down', 'Ten seconds back or forth'],
  ['Home · End', 'To the first or last frame'],
  ['[ ]', 'To the event before or after'],
  ['< >', 'Slower or faster'],
  ['+ − 0', 'Timeline: closer, wider, whole'],
  ['l · r', 'Captions, trails'],
  ['t', 'Rows beside the video'],
  ['i', 'Say what is on this frame'],
  ['f · m', 'Full screen, sound'],
  ['Esc', 'Choose nothing'],
  ['Ctrl + wheel', 'Zoom the video or the timeline'],
  ['Double click', 'Zoom the video in or out']
];

/** Do what a key stands for; returns false for one that stands for nothing. */
export function press(event: KeyboardEvent, model: ViewerModel, frame: Frame): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) {
    return false;
  }
  const { player } = model;
  const second = event.shiftKey ? 1 : 0;
  switch (event.key) {
    case ' ':
    case 'k':
      model.toggle();
      break;
    case ',':
      model.step(-1);
      break;
    case '.':
      model.step(1);
      break;
    case 'ArrowLeft':
      if (second) jump(model, -1);
      else model.step(-1);
      break;
    case 'ArrowRight':
      if (second) jump(model, 1);
      else model.step(1);
      break;
    case 'PageUp':
      jump(model, -10);
      break;
    case 'PageDown':
      jump(model, 10);
      break;
    case 'Home':
      player.seek(0);
      break;
    case 'End':
      player.seek(Number.MAX_SAFE_INTEGER);
      break;
    case '[':
      model.toEvent(-1);
      break;
    case ']':
      model.toEvent(1);
      break;
    case '<':
    case '>': {
      const { video } = player;
      const at = SPEEDS.findIndex(speed => speed >= video.playbackRate);
      video.playbackRate = SPEEDS[at + (event.key === '<' ? -1 : 1)] ?? video.playbackRate;
      model.changed();
      break;
    }
    case '+':
    case '=':
      model.zoomBy(0.5);
      break;
    case '-':
    case '−':
      model.zoomBy(2);
      break;
    case '0':
      model.zoom(model.whole);
      break;
    case 'l':
      model.captions = !model.captions;
      model.repaint();
      model.changed();
      break;
    case 'r':
      model.trails = !model.trails;
      model.repaint();
      model.changed();
      break;
    case 't':
      frame.toggleRows();
      break;
    case 'i':
      model.describe();
      break;
    case 'f':
      frame.toggleFull();
      break;
    case 'm':
      player.video.muted = !player.video.muted;
      break;
    case '?':
      frame.toggleHelp();
      break;
    case 'Escape':
      frame.close();
      break;
    default:
      return false;
  }
  return true;
}

function jump(model: ViewerModel, seconds: number): void {
  const { table, player } = model;
  if (table !== null) {
    player.seek(table.at(table.time[player.aim]! + seconds));
  }
}
