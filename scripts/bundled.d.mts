/** A plugin that writes down which packages are in what a bundler makes; the list goes to `path`, below the directory of the build. */
export function bundled(path: string): { name: string; writeBundle(options: unknown, bundle: object): void };
