/** Return a time in seconds as people read it: 1:02.500, or 1:01:02.500 where it is that long. */
export function clock(seconds: number, decimals = 3): string {
  const scale = 10 ** decimals;
  const units = Math.round(Math.abs(seconds) * scale);
  const whole = Math.floor(units / scale);
  const rest = decimals > 0 ? `.${String(units % scale).padStart(decimals, '0')}` : '';
  const two = (number: number) => String(number).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const head = hours > 0 ? `${hours}:${two(minutes)}` : String(minutes);
  return `${seconds < 0 && units > 0 ? '−' : ''}${head}:${two(whole % 60)}${rest}`;
}
