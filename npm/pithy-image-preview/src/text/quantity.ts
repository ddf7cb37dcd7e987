const UNITS = ["B", "KiB", "MiB", "GiB"];

/** A size with its unit: `287 B`, `1.2 MiB`. */
export function bytes(size: number): string {
  const unit = Math.min(Math.floor(Math.log2(Math.max(size, 1)) / 10), UNITS.length - 1);
  return `${unit === 0 ? size : (size / 1024 ** unit).toFixed(1)} ${UNITS[unit]}`;
}

/** The total size with its unit. */
export const totalSize = (all: readonly { size: number }[]): string =>
  bytes(all.reduce((sum, { size }) => sum + size, 0));

/** A number of things in words: `1 line`, `2 lines`. */
export const count = (number: number, thing: string): string =>
  `${number.toLocaleString("en")} ${thing}${number === 1 ? "" : "s"}`;

/** A mode as `chmod` takes it. */
export const modeText = (mode: number): string => mode.toString(8).padStart(4, "0");
