import type { Timeline, TimelineLane } from '../rest';
import { clock } from './clock';
import { laneKey, type Stretch } from './model';

/** Heights in CSS pixels; the list of labels beside the lanes has the same. */
export const RULER = 22;
export const LANE = 24;
export const STEP = 20;
const GAP = 3;

/** A line of the timeline: the name of a step, or one of its lanes. */
export type Line = { kind: 'step'; step: string } | { kind: 'lane'; lane: TimelineLane };

/** Return the lines of a timeline: each step's name, then its lanes. */
export function linesOf(lanes: readonly TimelineLane[]): Line[] {
  const lines: Line[] = [];
  let step: string | null = null;
  for (const lane of lanes) {
    if (lane.step !== step) {
      step = lane.step;
      lines.push({ kind: 'step', step });
    }
    lines.push({ kind: 'lane', lane });
  }
  return lines;
}

export function heightOf(lines: readonly Line[]): number {
  return lines.reduce((sum, line) => sum + (line.kind === 'step' ? STEP : LANE), RULER);
}

export interface LaneColours {
  text: string;
  faint: string;
  border: string;
  ground: string;
  accent: string;
  of: (lane: TimelineLane) => string;
}

export interface LanesDrawing {
  lines: readonly Line[];
  overview: Timeline | null;
  closeup: Timeline | null;
  stretch: Stretch;
  hidden: ReadonlySet<string>;
  isEvent: (lane: TimelineLane) => boolean;
  time: number;
  /** Where the pointer is, in seconds. */
  hover: number | null;
  selected: number | null;
  colours: LaneColours;
}

/** Draw the ruler, all lanes and the playhead; width, height in CSS pixels. */
export function drawLanes(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  drawing: LanesDrawing
): void {
  const { stretch, colours } = drawing;
  const xOf = (time: number): number =>
    ((time - stretch.from) / (stretch.to - stretch.from)) * width;
  context.clearRect(0, 0, width, height);
  drawRuler(context, width, height, drawing, xOf);
  const fine = new Map(
    (drawing.closeup?.lanes ?? []).map(lane => [laneKey(lane.step, lane.label), lane])
  );
  let top = RULER;
  for (const line of drawing.lines) {
    if (line.kind === 'step') {
      top += STEP;
      continue;
    }
    const key = laneKey(line.lane.step, line.lane.label);
    const closer = fine.get(key);
    context.globalAlpha = drawing.hidden.has(key) ? 0.25 : 1;
    context.fillStyle = colours.border;
    context.fillRect(0, top + LANE - 1, width, 1);
    const box = { top: top + GAP, height: LANE - 2 * GAP };
    if (drawing.isEvent(line.lane)) {
      for (const time of line.lane.marks ?? []) {
        drawMark(context, xOf(time), box, colours.of(line.lane));
      }
    } else if (closer !== undefined && drawing.closeup !== null) {
      drawLane(context, closer, line.lane, drawing.closeup, box, xOf, colours);
    } else if (drawing.overview !== null) {
      drawLane(context, line.lane, line.lane, drawing.overview, box, xOf, colours);
    }
    context.globalAlpha = 1;
    top += LANE;
  }
  if (drawing.selected !== null) {
    drawUpright(context, xOf(drawing.selected), RULER, height, colours.text, [2, 2]);
  }
  if (drawing.hover !== null) {
    drawHover(context, width, height, drawing.hover, xOf, colours);
  }
  const x = xOf(drawing.time);
  drawUpright(context, x, 0, height, colours.accent, [], 2);
  context.fillStyle = colours.accent;
  context.beginPath();
  context.roundRect(x - 5, 0, 10, 9, [3, 3, 0, 0]);
  context.moveTo(x - 5, 9);
  context.lineTo(x, 14);
  context.lineTo(x + 5, 9);
  context.fill();
}

/** Steps of a ruler in seconds that people count in. */
const STEPS = [
  0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200,
  14400, 43200, 86400
];

/** Return the step (seconds) of a ruler whose numbers need so much room, in pixels. */
export function rulerStep(stretch: Stretch, width: number, room = 90): number {
  const least = ((stretch.to - stretch.from) * room) / Math.max(width, 1);
  return STEPS.find(step => step >= least) ?? STEPS[STEPS.length - 1]!;
}

function drawRuler(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  { stretch, colours }: LanesDrawing,
  xOf: (time: number) => number
): void {
  const step = rulerStep(stretch, width);
  const decimals = step < 0.1 ? 2 : step < 1 ? 1 : 0;
  context.font = '11px system-ui, sans-serif';
  context.textBaseline = 'middle';
  for (let n = Math.ceil(stretch.from / step); n * step <= stretch.to; n++) {
    const x = Math.round(xOf(n * step));
    context.fillStyle = colours.border;
    context.fillRect(x, 0, 1, height);
    const text = clock(n * step, decimals);
    if (x + 4 + context.measureText(text).width < width) {
      context.fillStyle = colours.faint;
      context.fillText(text, x + 4, RULER / 2);
    }
  }
  context.fillStyle = colours.border;
  context.fillRect(0, RULER - 1, width, 1);
}

interface Band {
  top: number;
  height: number;
}

function drawLane(
  context: CanvasRenderingContext2D,
  lane: TimelineLane,
  whole: TimelineLane,
  timeline: Timeline,
  band: Band,
  xOf: (time: number) => number,
  colours: LaneColours
): void {
  const colour = colours.of(whole);
  const bin = (timeline.to_time - timeline.from_time) / timeline.bins;
  const at = (index: number): number => xOf(timeline.from_time + lane.bins[index]! * bin);
  const wide = Math.max(1, xOf(bin) - xOf(0));
  if (whole.value !== null && whole.boxes === 0) {
    drawCurve(context, lane, whole, band, index => at(index) + wide / 2, wide, colour);
    return;
  }
  // How many: the root, so that one thing among hundreds is still seen.
  const most = Math.sqrt(Math.max(...lane.count));
  context.fillStyle = colour;
  const dim = context.globalAlpha;
  lane.bins.forEach((_, index) => {
    const share = Math.sqrt(lane.count[index]!) / most;
    const height = Math.max(2, share * band.height);
    const sure = lane.score?.[index] ?? 1;
    context.globalAlpha = dim * (0.5 + 0.5 * Math.min(Math.max(sure, 0), 1));
    context.fillRect(at(index), band.top + band.height - height, wide + 0.5, height);
  });
  context.globalAlpha = dim;
}

function drawMark(context: CanvasRenderingContext2D, x: number, band: Band, colour: string): void {
  const middle = band.top + band.height / 2;
  context.fillStyle = colour;
  context.fillRect(x - 0.75, band.top, 1.5, band.height);
  context.beginPath();
  context.moveTo(x, middle - 5);
  context.lineTo(x + 4.5, middle);
  context.lineTo(x, middle + 5);
  context.lineTo(x - 4.5, middle);
  context.fill();
}

function drawCurve(
  context: CanvasRenderingContext2D,
  lane: TimelineLane,
  whole: TimelineLane,
  band: Band,
  xAt: (index: number) => number,
  wide: number,
  colour: string
): void {
  const all = (whole.value ?? []).filter(value => value !== null);
  const low = Math.min(0, ...all);
  const high = Math.max(...all, low + 1e-12);
  const yOf = (value: number): number =>
    band.top + band.height - ((value - low) / (high - low)) * (band.height - 1);
  const values = lane.value ?? [];
  // A gap of several bins without a row is a gap in the curve.
  const gap = Math.max(4 * wide, 24);
  const line = new Path2D();
  const fill = new Path2D();
  let before: number | null = null;
  for (const [index, value] of values.entries()) {
    if (value === null) {
      continue;
    }
    const x = xAt(index);
    if (before === null || x - before > gap) {
      if (before !== null) {
        fill.lineTo(before, yOf(low));
      }
      line.moveTo(x, yOf(value));
      fill.moveTo(x, yOf(low));
    }
    line.lineTo(x, yOf(value));
    fill.lineTo(x, yOf(value));
    before = x;
  }
  if (before !== null) {
    fill.lineTo(before, yOf(low));
  }
  const dim = context.globalAlpha;
  context.globalAlpha = dim * 0.22;
  context.fillStyle = colour;
  context.fill(fill);
  context.globalAlpha = dim;
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.lineJoin = 'round';
  context.setLineDash([]);
  context.stroke(line);
}

function drawUpright(
  context: CanvasRenderingContext2D,
  x: number,
  top: number,
  bottom: number,
  colour: string,
  dashes: number[],
  thick = 1
): void {
  context.strokeStyle = colour;
  context.lineWidth = thick;
  context.setLineDash(dashes);
  context.beginPath();
  context.moveTo(x, top);
  context.lineTo(x, bottom);
  context.stroke();
  context.setLineDash([]);
}

function drawHover(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  time: number,
  xOf: (time: number) => number,
  colours: LaneColours
): void {
  const x = xOf(time);
  drawUpright(context, x, 0, height, colours.faint, [3, 3]);
  const text = clock(time);
  context.font = '11px system-ui, sans-serif';
  const room = context.measureText(text).width + 10;
  const left = Math.min(Math.max(x - room / 2, 0), width - room);
  context.fillStyle = colours.text;
  context.beginPath();
  context.roundRect(left, 2, room, RULER - 5, 4);
  context.fill();
  context.fillStyle = colours.ground;
  context.textBaseline = 'middle';
  context.fillText(text, left + 5, RULER / 2);
}
