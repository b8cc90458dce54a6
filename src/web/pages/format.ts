// Figures, times and durations as people read them. Pure.

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/** `1,234`. */
export function countText(value: number): string {
  return grouped.format(value);
}

/** `1.23M`, and exact below ten thousand. */
export function shortCountText(value: number): string {
  return Math.abs(value) < 10_000 ? countText(value) : short.format(value);
}

/** With one digit after the point below ten, with two below one. */
export function rateText(value: number): string {
  if (value === 0) return '0';
  if (value >= 10) return shortCountText(value);
  return value.toFixed(value >= 1 ? 1 : 2);
}

export function msText(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return 'none';
  return ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : `${rateText(ms)} ms`;
}

/** Of a share from 0 to 1. */
export function percentText(share: number): string {
  if (!Number.isFinite(share)) return '0 %';
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return '< 0.1 %';
  return `${percent >= 99.95 || percent === 0 ? percent.toFixed(0) : percent.toFixed(1)} %`;
}

export function octetsText(octets: number): string {
  if (octets < 1024) return `${octets} B`;
  if (octets < 1024 ** 2) return `${(octets / 1024).toFixed(0)} KiB`;
  return octets < 1024 ** 3 ? `${(octets / 1024 ** 2).toFixed(0)} MiB` : `${(octets / 1024 ** 3).toFixed(1)} GiB`;
}

const units = [
  { word: 'day', seconds: 86_400 },
  { word: 'hour', seconds: 3_600 },
  { word: 'minute', seconds: 60 },
] as const;

/** The largest unit alone: `6 days`. */
export function durationText(seconds: number): string {
  const whole = Math.floor(Math.abs(seconds));
  for (const { word, seconds: unit } of units) {
    const count = Math.floor(whole / unit);
    if (count >= 1) return plural(count, word);
  }
  return plural(whole, 'second');
}

/** `6 days left`, `expired 3 hours ago`. */
export function leftText(seconds: number): string {
  return seconds < 0 ? `expired ${durationText(seconds)} ago` : `${durationText(seconds)} left`;
}

/** `3 minutes ago`, `in 2 days`; empty for what is no time. */
export function agoText(iso: string, nowMs: number): string {
  const seconds = (nowMs - Date.parse(iso)) / 1000;
  if (Number.isNaN(seconds)) return '';
  if (Math.abs(seconds) < 2) return 'just now';
  return seconds < 0 ? `in ${durationText(seconds)}` : `${durationText(seconds)} ago`;
}

/** `2026-11-22 21:42:18`, in UTC as it is sent. */
export function timeText(iso: string): string {
  return iso.replace('T', ' ').replace(/(?:\.\d+)?Z$/, '');
}

/** `1 key`, `2 keys`. */
export function plural(count: number, word: string): string {
  return `${countText(count)} ${word}${count === 1 ? '' : 's'}`;
}

/** A bound for an axis: 1, 2 or 5 times a power of ten, at least `value`. */
export function niceCeiling(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  for (const step of [1, 2, 5]) if (step * power >= value) return step * power;
  return 10 * power;
}
