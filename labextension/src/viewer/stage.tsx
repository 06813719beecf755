/** @jsxImportSource preact */
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import type { ViewerModel } from './model';
import { Notice } from './notice';
import { boxAt, drawMarks, type Marks, type Placement } from './overlay';

/** How near one can look. */
const CLOSEST = 16;
/** From this magnification on pixels are shown as squares. */
const SQUARES = 4;

/** How the picture is looked at: 1 fits; the middle is a share of its width and height. */
interface Look {
  zoom: number;
  x: number;
  y: number;
}

const FIT: Look = { zoom: 1, x: 0.5, y: 0.5 };

/** The picture with what is drawn over it, in one canvas: both change in the same act. */
export function Stage({ model, video }: { model: ViewerModel; video: HTMLVideoElement }): VNode {
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    host.current!.prepend(video);
    const stage = new StageCanvas(model, video, canvas.current!);
    return () => stage.dispose();
  }, [model, video]);
  return (
    <div class="jp-videojobs-viewer-stage" ref={host}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={model.translate('Video with what was found drawn over it')}
      />
      <Notice model={model} />
    </div>
  );
}

class StageCanvas {
  private readonly model: ViewerModel;
  private readonly video: HTMLVideoElement;
  private readonly canvas: HTMLCanvasElement;
  private readonly context: CanvasRenderingContext2D;
  private readonly observer: ResizeObserver;
  private readonly forget: (() => void)[] = [];
  private look = FIT;
  private marks: Marks = { boxes: [], notes: [] };
  private placed: Placement = { left: 0, top: 0, scaleX: 1, scaleY: 1 };
  private dragged: { x: number; y: number; look: Look; moved: boolean } | null = null;

  constructor(model: ViewerModel, video: HTMLVideoElement, canvas: HTMLCanvasElement) {
    this.model = model;
    this.video = video;
    this.canvas = canvas;
    this.context = canvas.getContext('2d', { alpha: false })!;
    this.observer = new ResizeObserver(() => {
      this.resize();
      // What is resized is empty until it is drawn again: do so before it is seen.
      this.paint();
    });
    this.observer.observe(canvas.parentElement!);
    this.forget.push(model.onPaint(() => this.paint()));
    this.listen('wheel', event => this.wheel(event), { passive: false });
    this.listen('pointerdown', event => this.press(event));
    this.listen('pointermove', event => this.move(event));
    this.listen('pointerup', event => this.release(event));
    this.listen('dblclick', event => this.toggle(event));
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
    this.canvas.addEventListener(kind, hear, options);
    this.forget.push(() => this.canvas.removeEventListener(kind, hear, options));
  }

  private resize(): void {
    const { clientWidth, clientHeight } = this.canvas.parentElement!;
    const width = Math.max(1, Math.round(clientWidth * this.ratio));
    const height = Math.max(1, Math.round(clientHeight * this.ratio));
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
  }

  private get ratio(): number {
    return window.devicePixelRatio || 1;
  }

  /** Draw the picture that the browser shows now, and what belongs to that very picture. */
  private paint(): void {
    const { context, canvas, model, video } = this;
    const picture = model.player.picture();
    context.fillStyle = '#000';
    context.fillRect(0, 0, canvas.width, canvas.height);
    if (picture === null) {
      delete canvas.dataset.frame;
      return;
    }
    const { videoWidth, videoHeight } = video;
    const fit = Math.min(canvas.width / videoWidth, canvas.height / videoHeight);
    const width = videoWidth * fit * this.look.zoom;
    const height = videoHeight * fit * this.look.zoom;
    const left = Math.round(canvas.width / 2 - width * this.look.x);
    const top = Math.round(canvas.height / 2 - height * this.look.y);
    context.imageSmoothingEnabled = fit * this.look.zoom < SQUARES * this.ratio;
    context.drawImage(picture.source, left, top, width, height);
    picture.close();
    model.frame = picture.frame;
    this.placed = {
      left,
      top,
      scaleX: width / (model.overview?.width ?? videoWidth),
      scaleY: height / (model.overview?.height ?? videoHeight)
    };
    this.marks = model.marks(picture.frame);
    drawMarks(context, this.marks, this.placed, {
      ratio: this.ratio,
      captions: model.captions,
      trails: model.trails,
      selected: model.selected
    });
    canvas.dataset.frame = String(picture.frame);
  }

  // ── looking closer ───────────────────────────────────────────────────────────────────────────

  private zoomAt(factor: number, event: MouseEvent): void {
    const zoom = Math.min(Math.max(this.look.zoom * factor, 1), CLOSEST);
    if (zoom === 1) {
      this.lookAt(FIT);
      return;
    }
    const [x, y] = this.shareOf(event);
    const keep = this.look.zoom / zoom;
    this.lookAt({ zoom, x: x + (this.look.x - x) * keep, y: y + (this.look.y - y) * keep });
  }

  private lookAt(look: Look): void {
    const half = 0.5 / look.zoom;
    const clamp = (share: number): number => Math.min(Math.max(share, half), 1 - half);
    this.look = { zoom: look.zoom, x: clamp(look.x), y: clamp(look.y) };
    this.canvas.classList.toggle('jp-mod-zoomed', look.zoom > 1);
    this.model.repaint();
  }

  /** Return where a pointer is, in shares of the picture. */
  private shareOf(event: MouseEvent): [number, number] {
    const [x, y] = this.pointOf(event);
    const { overview } = this.model;
    return [
      x / (overview?.width ?? this.video.videoWidth),
      y / (overview?.height ?? this.video.videoHeight)
    ];
  }

  /** Return where a pointer is, in pixels of the rows. */
  private pointOf(event: MouseEvent): [number, number] {
    const { left, top } = this.canvas.getBoundingClientRect();
    return [
      ((event.clientX - left) * this.ratio - this.placed.left) / this.placed.scaleX,
      ((event.clientY - top) * this.ratio - this.placed.top) / this.placed.scaleY
    ];
  }

  private wheel(event: WheelEvent): void {
    // A plain wheel scrolls the notebook.
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      this.zoomAt(Math.exp(-event.deltaY / 300), event);
    }
  }

  private toggle(event: MouseEvent): void {
    if (this.look.zoom > 1) {
      this.lookAt(FIT);
    } else {
      this.zoomAt(2.5, event);
    }
  }

  private press(event: PointerEvent): void {
    if (event.button === 0) {
      this.dragged = { x: event.clientX, y: event.clientY, look: this.look, moved: false };
      this.canvas.setPointerCapture(event.pointerId);
    }
  }

  private move(event: PointerEvent): void {
    const { dragged, model } = this;
    if (dragged === null) {
      const over = boxAt(this.marks, ...this.pointOf(event)) !== null;
      this.canvas.classList.toggle('jp-mod-over', over);
      return;
    }
    const dx = event.clientX - dragged.x;
    const dy = event.clientY - dragged.y;
    dragged.moved ||= Math.hypot(dx, dy) > 4;
    if (dragged.moved && dragged.look.zoom > 1) {
      const width = (model.overview?.width ?? this.video.videoWidth) * this.placed.scaleX;
      const height = (model.overview?.height ?? this.video.videoHeight) * this.placed.scaleY;
      this.lookAt({
        zoom: dragged.look.zoom,
        x: dragged.look.x - (dx * this.ratio) / width,
        y: dragged.look.y - (dy * this.ratio) / height
      });
    }
  }

  private release(event: PointerEvent): void {
    const clicked = this.dragged !== null && !this.dragged.moved;
    this.dragged = null;
    if (clicked) {
      this.model.select(boxAt(this.marks, ...this.pointOf(event)), false);
    }
  }
}
