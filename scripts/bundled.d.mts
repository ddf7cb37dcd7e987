/** A plugin that writes down which packages are in what a bundler makes; `name` tells several builds into one directory apart. */
export function bundled(name: string): {
  name: string;
  generateBundle(
    this: { emitFile(asset: { type: "asset"; fileName: string; source: string }): string },
    options: unknown,
    bundle: object,
  ): void;
};
