/**
 * Colours that people with any kind of colour vision tell apart (Okabe and Ito 2008, with black
 * replaced by two light hues): labels and tracks are also told by their words.
 */
const PALETTE = [
  '#e69f00',
  '#56b4e9',
  '#00b184',
  '#f0e442',
  '#3f8fe8',
  '#f0703a',
  '#d98cb6',
  '#b3de69',
  '#c7b8f5'
] as const;

/** Letters on a ground of any of these colours. */
export const INK = '#101418';

/** Return a colour for each label: its own wherever they are few, and the same at each visit. */
export function coloursOf(labels: Iterable<string>): Map<string, string> {
  const taken = new Set<number>();
  const colours = new Map<string, string>();
  for (const label of [...new Set(labels)].sort()) {
    let number = hash(label) % PALETTE.length;
    while (taken.size < PALETTE.length && taken.has(number)) {
      number = (number + 1) % PALETTE.length;
    }
    taken.add(number);
    colours.set(label, PALETTE[number]!);
  }
  return colours;
}

/** Return the colour of a track: neighbours in number differ. */
export function colourOfTrack(track: number): string {
  return PALETTE[((track % PALETTE.length) + PALETTE.length) % PALETTE.length]!;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    value = Math.imul(value ^ byte, 0x01000193);
  }
  return value >>> 0;
}
