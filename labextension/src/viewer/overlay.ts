import { colourOfTrack, INK } from './colours';
import type { FrameTable } from './frames';
import { hasBox, type Box, type Row } from './rows';

/** How far back a track's trail reaches, and how long an event without a box is told; seconds. */
export const TRAIL = 1;
export const NOTE = 1.5;
/** How long boxes stay on frames that were not analyzed, in seconds at most. */
const HOLD = 0.5;
/** Most events that are told at once. */
const MOST_NOTES = 4;

export interface Mark {
  row: Box;
  colour: string;
  caption: string;
  /** The middles of the lower side, in pixels of the video, the oldest first. */
  trail: [number, number][];
}

export interface Marks {
  boxes: Mark[];
  notes: string[];
}

/** What decides on which marks there are. */
export interface MarkRules {
  table: FrameTable;
  /** Of so many frames one was analyzed; 1 where all were. */
  stride: number;
  isShown: (row: Row) => boolean;
  /** Whether a row without a box is an event to tell, rather than a measure of each frame. */
  isEvent: (row: Row) => boolean;
  colourOf: (label: string) => string;
}

/**
 * Return what is drawn over a frame. `rows` are those of the last seconds, in order.
 *
 * A frame that was analyzed shows its own boxes alone; one between shows those of the analyzed
 * frame before it.
 */
export function marksAt(frame: number, rows: readonly Row[], rules: MarkRules): Marks {
  const now = rules.table.time[frame]!;
  let shown = -1;
  for (const row of rows) {
    if (row.frame_index <= frame && row.frame_index > frame - rules.stride) {
      shown = Math.max(shown, row.frame_index);
    }
  }
  if (shown >= 0 && shown < frame && now - rules.table.time[shown]! > HOLD) {
    shown = -1;
  }
  const boxes: Mark[] = [];
  const trails = new Map<number, [number, number][]>();
  const notes = new Set<string>();
  for (const row of rows) {
    if (row.frame_index > frame || !rules.isShown(row)) {
      continue;
    }
    if (!hasBox(row)) {
      if (rules.isEvent(row) && now - row.time <= NOTE) {
        notes.add([row.label ?? row.step, row.text].filter(Boolean).join(' '));
      }
      continue;
    }
    const key = row.track_id;
    let trail: [number, number][] = [];
    if (key !== undefined && now - row.time <= TRAIL) {
      trail = trails.get(key) ?? [];
      trails.set(key, trail);
      trail.push([row.x + row.w / 2, row.y + row.h]);
    }
    if (row.frame_index === shown) {
      const colour = key === undefined ? rules.colourOf(row.label ?? row.step) : colourOfTrack(key);
      boxes.push({ row, colour, caption: captionOf(row), trail });
    }
  }
  return { boxes, notes: [...notes].slice(-MOST_NOTES) };
}

function captionOf(row: Row): string {
  const words = [row.text ?? row.label ?? ''];
  if (row.track_id !== undefined) {
    words.push(`${row.track_id}`);
  }
  if (row.score !== undefined) {
    words.push(`${Math.round(row.score * 100)}%`);
  }
  return words.filter(Boolean).join(' ');
}

/**
 * How the video lies on the canvas: canvas pixels = offset + scale × pixels of the rows. The scales
 * differ where pixels are not square.
 */
export interface Placement {
  left: number;
  top: number;
  scaleX: number;
  scaleY: number;
}

export interface DrawOptions {
  /** Device pixels of a CSS pixel. */
  ratio: number;
  captions: boolean;
  trails: boolean;
  selected: Row | null;
}

/** Draw marks onto a canvas that shows the picture already. */
export function drawMarks(
  context: CanvasRenderingContext2D,
  marks: Marks,
  at: Placement,
  options: DrawOptions
): void {
  const { ratio } = options;
  context.lineJoin = 'round';
  context.lineCap = 'round';
  if (options.trails) {
    for (const mark of marks.boxes) {
      drawTrail(context, mark, at, ratio);
    }
  }
  for (const mark of marks.boxes) {
    const chosen = options.selected !== null && isSame(mark.row, options.selected);
    const x = at.left + mark.row.x * at.scaleX;
    const y = at.top + mark.row.y * at.scaleY;
    const width = mark.row.w * at.scaleX;
    const height = mark.row.h * at.scaleY;
    // A dark seam, so that a box is seen on any ground.
    context.strokeStyle = chosen ? '#fff' : 'rgb(0 0 0 / 55%)';
    context.lineWidth = (chosen ? 6 : 4) * ratio;
    const outline = new Path2D();
    const corners = pointsOf(mark.row.attrs?.corners);
    if (corners.length > 2) {
      corners.forEach(([x, y]) => outline.lineTo(at.left + x * at.scaleX, at.top + y * at.scaleY));
      outline.closePath();
    } else {
      outline.rect(x, y, width, height);
    }
    context.stroke(outline);
    context.strokeStyle = mark.colour;
    context.lineWidth = 2 * ratio;
    context.stroke(outline);
    drawPoints(context, mark, at, ratio);
  }
  if (options.captions) {
    for (const mark of marks.boxes) {
      drawCaption(context, mark, at, ratio);
    }
  }
  drawNotes(context, marks.notes, ratio);
}

/** Return points that a step has put into attrs: a list of them, or one by each name. */
function pointsOf(told: unknown): [number, number][] {
  const list: unknown[] = typeof told === 'object' && told !== null ? Object.values(told) : [];
  return list.filter(
    (point): point is [number, number] =>
      Array.isArray(point) && point.length === 2 && point.every(n => typeof n === 'number')
  );
}

function drawPoints(
  context: CanvasRenderingContext2D,
  mark: Mark,
  at: Placement,
  ratio: number
): void {
  for (const [x, y] of pointsOf(mark.row.attrs?.key_points)) {
    context.beginPath();
    context.arc(at.left + x * at.scaleX, at.top + y * at.scaleY, 2.5 * ratio, 0, 7);
    context.fillStyle = mark.colour;
    context.fill();
    context.strokeStyle = 'rgb(0 0 0 / 55%)';
    context.lineWidth = ratio;
    context.stroke();
  }
}

function drawTrail(
  context: CanvasRenderingContext2D,
  mark: Mark,
  at: Placement,
  ratio: number
): void {
  if (mark.trail.length < 2) {
    return;
  }
  for (const [colour, width] of [
    ['rgb(0 0 0 / 45%)', 4],
    [mark.colour, 2]
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = width * ratio;
    context.beginPath();
    for (const [x, y] of mark.trail) {
      context.lineTo(at.left + x * at.scaleX, at.top + y * at.scaleY);
    }
    context.stroke();
  }
}

function drawCaption(
  context: CanvasRenderingContext2D,
  mark: Mark,
  at: Placement,
  ratio: number
): void {
  if (mark.caption === '') {
    return;
  }
  const size = 12 * ratio;
  context.font = `600 ${size}px system-ui, sans-serif`;
  context.textBaseline = 'middle';
  const padding = 4 * ratio;
  const height = size + padding;
  const text = mark.caption.length > 60 ? `${mark.caption.slice(0, 59)}…` : mark.caption;
  const width = context.measureText(text).width + 2 * padding;
  const left = at.left + mark.row.x * at.scaleX - ratio;
  const x = Math.max(0, Math.min(left, context.canvas.width - width));
  const above = at.top + mark.row.y * at.scaleY - height - ratio;
  const y = above >= 0 ? above : at.top + mark.row.y * at.scaleY + ratio;
  context.fillStyle = mark.colour;
  context.beginPath();
  context.roundRect(x, y, width, height, 3 * ratio);
  context.fill();
  context.fillStyle = INK;
  context.fillText(text, x + padding, y + height / 2 + ratio / 2);
}

function drawNotes(
  context: CanvasRenderingContext2D,
  notes: readonly string[],
  ratio: number
): void {
  const size = 12 * ratio;
  context.font = `500 ${size}px system-ui, sans-serif`;
  context.textBaseline = 'middle';
  const height = size + 10 * ratio;
  let y = 10 * ratio;
  for (const note of notes) {
    const text = note.length > 80 ? `${note.slice(0, 79)}…` : note;
    const width = context.measureText(text).width + 18 * ratio;
    context.fillStyle = 'rgb(16 20 24 / 78%)';
    context.beginPath();
    context.roundRect(10 * ratio, y, width, height, height / 2);
    context.fill();
    context.fillStyle = '#fff';
    context.fillText(text, 19 * ratio, y + height / 2 + ratio / 2);
    y += height + 6 * ratio;
  }
}

/** Tell whether two rows are the same observation, fetched at different times perhaps. */
export function isSame(one: Row, other: Row): boolean {
  return (
    one.frame_index === other.frame_index &&
    one.step === other.step &&
    one.label === other.label &&
    one.track_id === other.track_id &&
    one.x === other.x &&
    one.y === other.y &&
    one.value === other.value &&
    one.text === other.text
  );
}

/** Return the topmost, smallest box under a point in pixels of the video. */
export function boxAt(marks: Marks, x: number, y: number): Box | null {
  let found: Box | null = null;
  for (const { row } of marks.boxes) {
    const inside = x >= row.x && x <= row.x + row.w && y >= row.y && y <= row.y + row.h;
    if (inside && (found === null || row.w * row.h < found.w * found.h)) {
      found = row;
    }
  }
  return found;
}
