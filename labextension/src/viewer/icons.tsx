/** @jsxImportSource preact */
import type { VNode } from 'preact';

/** Shapes on a field of 20 × 20. */
const SHAPES = {
  play: 'M6 4.2v11.6a.6.6 0 0 0 .92.5l9-5.8a.6.6 0 0 0 0-1l-9-5.8a.6.6 0 0 0-.92.5z',
  pause: 'M5.5 4h3v12h-3zM11.5 4h3v12h-3z',
  back: 'M12.5 4.6v10.8a.5.5 0 0 1-.8.4L5 10.4a.5.5 0 0 1 0-.8l6.7-5.4a.5.5 0 0 1 .8.4zM14.5 4h1.6v12h-1.6z',
  forth:
    'M7.5 4.6v10.8a.5.5 0 0 0 .8.4l6.7-5.4a.5.5 0 0 0 0-.8L8.3 4.2a.5.5 0 0 0-.8.4zM3.9 4h1.6v12H3.9z',
  earlier:
    'M4 4h1.8v12H4zM15.6 4.9v10.2a.6.6 0 0 1-1 .5L8.1 10.5a.6.6 0 0 1 0-1l6.5-5.1a.6.6 0 0 1 1 .5z',
  later:
    'M14.2 4H16v12h-1.8zM4.4 4.9v10.2a.6.6 0 0 0 1 .5l6.5-5.1a.6.6 0 0 0 0-1L5.4 4.4a.6.6 0 0 0-1 .5z',
  sound:
    'M3 7.5h3L10 4v12l-4-3.5H3zM12.5 6.8a4.2 4.2 0 0 1 0 6.4l-1-1.2a2.7 2.7 0 0 0 0-4zM14.4 4.6a7 7 0 0 1 0 10.8l-1-1.2a5.4 5.4 0 0 0 0-8.4z',
  muted:
    'M3 7.5h3L10 4v12l-4-3.5H3zM12.3 7.4l1.1-1.1 1.8 1.9L17 6.3l1.1 1.1-1.9 1.8 1.9 1.8-1.1 1.1-1.8-1.9-1.8 1.9-1.1-1.1 1.9-1.8z',
  full: 'M3 3h5v1.7H4.7V8H3zM12 3h5v5h-1.7V4.7H12zM3 12h1.7v3.3H8V17H3zM15.3 12H17v5h-5v-1.7h3.3z',
  rows: 'M3 4h14v2H3zM3 8h14v1.6H3zM3 11.4h14V13H3zM3 14.8h14v1.6H3z',
  captions: 'M3 4h14v12H3zm1.6 1.6v8.8h10.8V5.6zM6 8h8v1.5H6zM6 11h5v1.5H6z',
  trails:
    'M4 16.5c0-5 3-4.5 5.500-6.500S11.500 5.500 14.200 5.300a2 2 0 1 1 .1 1.600c-2 .2-2 2.400-3.800 4.200-2.200 2-4.900 1.400-4.900 5.400z',
  speak:
    'M10 3c4.400 0 7.500 2.700 7.500 6.200s-3.100 6.200-7.500 6.200c-.7 0-1.400-.1-2-.2L4 17.500l.7-3.600C3.300 12.700 2.500 11 2.500 9.200 2.500 5.700 5.600 3 10 3zM6.300 8.400v1.700h1.700V8.400zm2.850 0v1.700h1.700V8.400zm2.850 0v1.700h1.700V8.400z',
  help: 'M10 2.500a7.500 7.500 0 1 1 0 15 7.500 7.500 0 0 1 0-15zm0 1.600a5.900 5.900 0 1 0 0 11.800 5.900 5.900 0 0 0 0-11.800zm-.8 8.700h1.600v1.600H9.200zM10 5.600c1.600 0 2.800 1 2.800 2.500 0 1.200-.7 1.800-1.300 2.300-.5.400-.7.600-.7 1.200H9.200c0-1.400.7-2 1.300-2.500.4-.3.700-.5.700-1 0-.6-.5-1-1.200-1s-1.200.5-1.200 1.200H7.200C7.200 6.700 8.300 5.600 10 5.600z',
  plus: 'M9.200 4h1.600v5.200H16v1.600h-5.200V16H9.200v-5.200H4V9.200h5.200z',
  minus: 'M4 9.200h12v1.600H4z',
  fit: 'M3 9.200h2.600L4.500 8l1.100-1.100L8.700 10l-3.100 3.100L4.500 12l1.100-1.200H3zM17 9.200h-2.600L15.500 8l-1.100-1.100L11.300 10l3.100 3.100 1.100-1.100-1.100-1.200H17zM9.200 4h1.600v12H9.200z',
  close:
    'M5.300 4.200 10 8.900l4.700-4.700 1.100 1.100L11.100 10l4.700 4.700-1.100 1.100L10 11.100l-4.700 4.700-1.100-1.100L8.900 10 4.200 5.300z'
} as const;

export type IconName = keyof typeof SHAPES;

export function Icon({ name }: { name: IconName }): VNode {
  return (
    <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
      <path d={SHAPES[name]} fill="currentColor" fill-rule="evenodd" />
    </svg>
  );
}

interface ButtonProps {
  icon: IconName;
  label: string;
  /** The key that does the same. */
  hint?: string;
  pressed?: boolean;
  disabled?: boolean;
  onClick: () => void;
}

export function IconButton({ icon, label, hint, pressed, disabled, onClick }: ButtonProps): VNode {
  return (
    <button
      type="button"
      class="jp-videojobs-viewer-button"
      aria-label={label}
      aria-pressed={pressed}
      disabled={disabled}
      title={hint === undefined ? label : `${label} (${hint})`}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
