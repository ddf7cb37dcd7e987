/** Numbers with their units. */

/** A size with its unit. */
export function bytes(size: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  const unit = Math.min(Math.floor(Math.log2(Math.max(size, 1)) / 10), units.length - 1);
  return `${unit === 0 ? size : (size / 1024 ** unit).toFixed(1)} ${units[unit]}`;
}

/** A time in its largest unit; seconds and minutes are rounded up. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  return seconds < 3600 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
