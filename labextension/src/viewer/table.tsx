/** @jsxImportSource preact */
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import { clock } from './clock';
import { colourOfTrack } from './colours';
import type { ViewerModel } from './model';
import { isSame } from './overlay';
import type { Row } from './rows';

/** Rows that are listed before and after the playhead. */
const BEFORE = 12;
const AFTER = 60;
/** Where they are looked for, in windows of the cache. */
const REACH = 1;

/** The rows about the playhead; it follows the video. */
export function RowsTable({ model }: { model: ViewerModel }): VNode {
  const scroll = useRef<HTMLDivElement>(null);
  const { translate, frame, time } = model;
  const reach = REACH * model.rows.seconds;
  const whole = model.whole;
  const here = model.table !== null;
  const complete =
    !here || model.rows.want(Math.max(whole.from, time - reach), Math.min(whole.to, time + reach));
  const near = model.rows.between(time - reach, time + reach).filter(row => model.isShown(row));
  const at = near.findIndex(row => row.frame_index >= frame);
  const first = Math.max(0, (at < 0 ? near.length : at) - BEFORE);
  const listed = near.slice(first, first + BEFORE + AFTER);
  const current = listed.findIndex(row => row.frame_index >= frame);
  useEffect(() => {
    const rows = scroll.current?.querySelectorAll('tbody tr');
    const row = rows?.[current < 0 ? rows.length - 1 : current] as HTMLElement | undefined;
    if (row !== undefined && scroll.current !== null) {
      scroll.current.scrollTop = row.offsetTop - scroll.current.clientHeight / 3;
    }
  }, [frame, complete, model.filter]);
  return (
    <div
      class="jp-videojobs-viewer-table"
      ref={scroll}
      tabIndex={0}
      role="region"
      aria-label={translate('Rows about this frame')}
    >
      <table>
        <thead>
          <tr>
            <th scope="col">{translate('Time')}</th>
            <th scope="col" class="jp-mod-number">
              {translate('Frame')}
            </th>
            <th scope="col">{translate('Label')}</th>
            <th scope="col" class="jp-mod-number">
              {translate('Track')}
            </th>
            <th scope="col" class="jp-mod-number">
              {translate('Score')}
            </th>
            <th scope="col">{translate('Found')}</th>
          </tr>
        </thead>
        <tbody>
          {listed.map((row, number) => (
            <Line
              key={first + number}
              row={row}
              current={row.frame_index === frame}
              chosen={model.selected !== null && isSame(model.selected, row)}
              colour={
                row.track_id === undefined
                  ? model.colourOf(row.label ?? row.step)
                  : colourOfTrack(row.track_id)
              }
              onChoose={() => model.select(row)}
            />
          ))}
        </tbody>
      </table>
      {listed.length === 0 && (
        <p class="jp-videojobs-viewer-empty">
          {complete ? translate('No rows about here.') : translate('Loading rows …')}
        </p>
      )}
    </div>
  );
}

interface LineProps {
  row: Row;
  current: boolean;
  chosen: boolean;
  colour: string;
  onChoose: () => void;
}

function Line({ row, current, chosen, colour, onChoose }: LineProps): VNode {
  return (
    <tr
      class={current ? 'jp-mod-current' : ''}
      aria-selected={chosen}
      tabIndex={0}
      onClick={onChoose}
      onKeyDown={event => {
        if (event.key === 'Enter') {
          event.stopPropagation();
          onChoose();
        }
      }}
    >
      <td>{clock(row.time)}</td>
      <td class="jp-mod-number">{row.frame_index}</td>
      <td title={row.step}>
        <span class="jp-videojobs-viewer-swatch" style={{ '--swatch': colour }} />
        {row.label ?? row.step}
      </td>
      <td class="jp-mod-number">{row.track_id ?? ''}</td>
      <td class="jp-mod-number">{row.score?.toFixed(2) ?? ''}</td>
      <td class="jp-videojobs-viewer-found" title={row.text}>
        {foundIn(row)}
      </td>
    </tr>
  );
}

function foundIn(row: Row): string {
  if (row.text !== undefined) {
    return row.text;
  }
  if (row.value !== undefined) {
    return String(Number(row.value.toPrecision(4)));
  }
  if (row.x !== undefined) {
    const numbers = [row.x, row.y, row.w, row.h].map(number => Math.round(number ?? 0));
    return `${numbers[0]}, ${numbers[1]} · ${numbers[2]} × ${numbers[3]}`;
  }
  return '';
}
