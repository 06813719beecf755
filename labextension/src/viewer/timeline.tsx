/** @jsxImportSource preact */
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import { clock } from './clock';
import { IconButton } from './icons';
import { drawLanes, heightOf, linesOf, type LaneColours } from './lanes';
import { laneKey, type ViewerModel } from './model';

/** All that was found, over time: a list of lanes, which are filters, and beside it one canvas. */
export function Timeline({ model }: { model: ViewerModel }): VNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const slider = useRef<HTMLDivElement>(null);
  const drawn = useRef<TimelineCanvas | null>(null);
  useEffect(() => {
    const made = new TimelineCanvas(model, canvas.current!, slider.current!);
    drawn.current = made;
    return () => made.dispose();
  }, [model]);
  useEffect(() => drawn.current?.draw());
  const { translate, filter, whole } = model;
  const lines = linesOf(model.lanes);
  return (
    <div class="jp-videojobs-viewer-timeline">
      <div class="jp-videojobs-viewer-lanes">
        <div class="jp-videojobs-viewer-zoom">
          <IconButton
            icon="minus"
            label={translate('Show more of the timeline')}
            hint="−"
            disabled={model.isWhole}
            onClick={() => model.zoomBy(2)}
          />
          <IconButton
            icon="plus"
            label={translate('Look closer at the timeline')}
            hint="+"
            onClick={() => model.zoomBy(0.5)}
          />
          <IconButton
            icon="fit"
            label={translate('Show the whole timeline')}
            hint="0"
            disabled={model.isWhole}
            onClick={() => model.zoom(model.whole)}
          />
        </div>
        {lines.map(line => {
          if (line.kind === 'step') {
            return (
              <div key={`step ${line.step}`} class="jp-videojobs-viewer-step">
                {line.step}
              </div>
            );
          }
          const { lane } = line;
          const key = laneKey(lane.step, lane.label);
          const shown = !filter.hidden.has(key);
          const name = lane.label ?? translate('value');
          return (
            <button
              type="button"
              key={key}
              class="jp-videojobs-viewer-lane"
              aria-pressed={shown}
              title={
                shown
                  ? translate('Hide these rows (Alt: show these alone)')
                  : translate('Show these rows (Alt: show these alone)')
              }
              onClick={event => (event.altKey ? showAlone(model, key) : model.toggleLane(key))}
            >
              <span
                class="jp-videojobs-viewer-swatch"
                style={{ '--swatch': model.colourOf(lane.label ?? lane.step) }}
              />
              <span class="jp-videojobs-viewer-name">
                {name}
                <span class="jp-videojobs-viewer-unseen">{translate(' of %1, ', lane.step)}</span>
              </span>
              <span class="jp-videojobs-viewer-count">
                {lane.rows.toLocaleString()}
                <span class="jp-videojobs-viewer-unseen">{translate(' rows')}</span>
              </span>
            </button>
          );
        })}
        {(model.overview?.lanes_left_out ?? 0) > 0 && (
          <div class="jp-videojobs-viewer-step">
            {translate('%1 more labels', model.overview!.lanes_left_out)}
          </div>
        )}
      </div>
      <div
        ref={slider}
        class="jp-videojobs-viewer-slider"
        role="slider"
        tabIndex={0}
        aria-label={translate('Timeline')}
        aria-valuemin={whole.from}
        aria-valuemax={whole.to}
        aria-valuenow={model.time}
        aria-valuetext={translate('%1, frame %2', clock(model.time), model.frame)}
        style={{ height: `${heightOf(lines)}px` }}
      >
        <canvas ref={canvas} aria-hidden="true" />
        {['text', 'faint', 'border', 'ground', 'accent'].map(name => (
          <i key={name} hidden data-colour={name} style={{ color: `var(--videojobs-${name})` }} />
        ))}
      </div>
    </div>
  );
}

/** Show one lane alone; once more shows all. */
function showAlone(model: ViewerModel, key: string): void {
  const others = model.lanes.map(lane => laneKey(lane.step, lane.label)).filter(k => k !== key);
  const alone =
    !model.filter.hidden.has(key) && others.every(other => model.filter.hidden.has(other));
  model.setFilter({ hidden: new Set(alone ? [] : others) });
}

class TimelineCanvas {
  private readonly model: ViewerModel;
  private readonly canvas: HTMLCanvasElement;
  private readonly slider: HTMLElement;
  private readonly context: CanvasRenderingContext2D;
  private readonly observer: ResizeObserver;
  private readonly forget: (() => void)[] = [];
  private hover: number | null = null;
  private held: { x: number; pan: boolean } | null = null;

  constructor(model: ViewerModel, canvas: HTMLCanvasElement, slider: HTMLElement) {
    this.model = model;
    this.canvas = canvas;
    this.slider = slider;
    this.context = canvas.getContext('2d')!;
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(slider);
    this.forget.push(model.onPaint(() => this.draw()));
    this.listen('wheel', event => this.wheel(event), { passive: false });
    this.listen('pointerdown', event => this.press(event));
    this.listen('pointermove', event => this.move(event));
    this.listen('pointerup', () => (this.held = null));
    this.listen('pointercancel', () => (this.held = null));
    this.listen('pointerleave', () => {
      this.hover = null;
      this.draw();
    });
  }

  dispose(): void {
    this.observer.disconnect();
    this.forget.forEach(forget => forget());
  }

  private listen<K extends keyof HTMLElementEventMap>(
    kind: K,
    hear: (event: HTMLElementEventMap[K]) => void,
    options?: AddEventListenerOptions
  ): void {
    this.slider.addEventListener(kind, hear, options);
    this.forget.push(() => this.slider.removeEventListener(kind, hear, options));
  }

  draw(): void {
    const { model, canvas, slider } = this;
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = slider;
    if (width === 0) {
      return;
    }
    if (canvas.width !== Math.round(width * ratio)) {
      canvas.width = Math.round(width * ratio);
    }
    if (canvas.height !== Math.round(height * ratio)) {
      canvas.height = Math.round(height * ratio);
    }
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawLanes(this.context, width, height, {
      lines: linesOf(model.lanes),
      overview: model.overview,
      closeup: model.closeup,
      stretch: model.stretch,
      hidden: model.filter.hidden,
      isEvent: lane => model.isEventLane(lane),
      time: model.time,
      hover: this.hover,
      selected: model.selected?.time ?? null,
      colours: this.colours()
    });
  }

  /** The theme's colours, which can change at any time: a canvas takes no variables of CSS. */
  private colours(): LaneColours {
    const of = (name: string): string =>
      getComputedStyle(this.slider.querySelector(`[data-colour=${name}]`)!).color;
    return {
      text: of('text'),
      faint: of('faint'),
      border: of('border'),
      ground: of('ground'),
      accent: of('accent'),
      of: lane => this.model.colourOf(lane.label ?? lane.step)
    };
  }

  private timeAt(event: MouseEvent): number {
    const { left, width } = this.slider.getBoundingClientRect();
    const { from, to } = this.model.stretch;
    return from + ((event.clientX - left) / width) * (to - from);
  }

  private wheel(event: WheelEvent): void {
    const { from, to } = this.model.stretch;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      this.model.zoomBy(Math.exp(event.deltaY / 300), this.timeAt(event));
    } else {
      // A plain wheel scrolls the page or the lanes.
      const across = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
      if (across !== 0 && !this.model.isWhole) {
        event.preventDefault();
        const shift = (across / this.slider.clientWidth) * (to - from);
        this.model.zoom({ from: from + shift, to: to + shift });
      }
    }
  }

  private press(event: PointerEvent): void {
    if (event.button > 1) {
      return;
    }
    this.held = { x: event.clientX, pan: event.shiftKey || event.button === 1 };
    this.slider.setPointerCapture(event.pointerId);
    if (!this.held.pan) {
      this.model.seekTime(this.timeAt(event));
    }
  }

  private move(event: PointerEvent): void {
    this.hover = this.timeAt(event);
    const { held, model } = this;
    if (held?.pan) {
      const { from, to } = model.stretch;
      const shift = ((held.x - event.clientX) / this.slider.clientWidth) * (to - from);
      held.x = event.clientX;
      model.zoom({ from: from + shift, to: to + shift });
    } else if (held !== null) {
      model.seekTime(this.hover);
    }
    this.draw();
  }
}
