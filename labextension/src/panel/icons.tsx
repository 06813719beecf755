/** @jsxImportSource preact */
import type { VNode } from 'preact';

/** Strokes on a field of 20 × 20. */
const STROKES = {
  film: 'M3 5.500h14v9H3zM6.500 5.500v9M13.500 5.500v9M3 10h3.500M13.500 10H17',
  drop: 'M10 13V3.500M6 7.500l4-4 4 4M3.500 12.500V16h13v-3.500',
  folder: 'M3 6h5l1.500 2H17v7.500H3z',
  up: 'M10 16V4.500M5 9.500l5-5 5 5',
  pause: 'M7 5v10M13 5v10',
  resume: 'M7 4.500v11l8.500-5.500z',
  close: 'M5.500 5.500l9 9M14.500 5.500l-9 9',
  retry: 'M15.500 10a5.500 5.500 0 1 1-1.700-4M14.500 2.500V6H11',
  look: 'M2.500 10S5.500 5 10 5s7.500 5 7.500 5-3 5-7.500 5-7.500-5-7.500-5zM10 7.800a2.200 2.200 0 1 0 0 4.400 2.200 2.200 0 0 0 0-4.400z',
  bin: 'M4 6h12M8 6V4h4v2M5.500 6l.8 10h7.400l.8-10M8.500 9v4.500M11.500 9v4.500',
  stop: 'M5.500 5.500h9v9h-9z',
  warning: 'M10 3.500l7 12.500H3zM10 8v4M10 13.700v.6'
} as const;

export type IconName = keyof typeof STROKES;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }): VNode {
  return (
    <svg viewBox="0 0 20 20" width={size} height={size} aria-hidden="true">
      <path
        d={STROKES[name]}
        fill="none"
        stroke="currentColor"
        stroke-width="1.5"
        stroke-linejoin="round"
        stroke-linecap="round"
      />
    </svg>
  );
}

interface ButtonProps {
  icon: IconName;
  label: string;
  pressed?: boolean;
  disabled?: boolean;
  onClick: () => void;
}

export function IconButton({ icon, label, pressed, disabled, onClick }: ButtonProps): VNode {
  return (
    <button
      type="button"
      class="jp-videojobs-nb-icon"
      aria-label={label}
      aria-pressed={pressed}
      title={label}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
