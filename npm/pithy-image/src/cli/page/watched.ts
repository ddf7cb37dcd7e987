/** Which changes of files are watched. */

/** Directories that are not part of images, and are too large or too busy to watch. */
const BUSY = /\/(?:node_modules|\.git|\.next|\.turbo|target)(?:\/|$)/;

/** Paths may have either kind of slash on Windows. */
const slashed = (path: string): string => path.replaceAll("\\", "/");

/** Whether a path is in a busy directory, below the watched directories. */
export function isBusy(directories: readonly string[]): (path: string) => boolean {
  const tops = directories.map(slashed);
  return (path) => {
    const inside = tops.filter((top) => slashed(path).startsWith(top));
    return inside.length > 0 && inside.every((top) => BUSY.test(slashed(path).slice(top.length)));
  };
}
