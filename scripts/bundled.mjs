// A plugin for bundlers that writes down which packages are in what they make, for their licence notices.
/** The names of the lists: they are read when a package is packed, and not published. */
export const BUNDLED = /^bundled-\w+\.json$/;

/** The directory of the package that a module belongs to, if it is not one of this repository. */
const packageOf = (module) => /^.*\/node_modules\/(@[^/]+\/)?[^/]+(?=\/)/.exec(module.replaceAll("\\", "/"))?.[0];

/** The plugin; `name` tells several builds into one directory from each other. */
export const bundled = (name) => ({
  name: "bundled",
  generateBundle(_options, bundle) {
    const modules = Object.values(bundle).flatMap(({ moduleIds = [] }) => moduleIds);
    const directories = [...new Set(modules.map(packageOf))].filter((directory) => directory !== undefined);
    this.emitFile({ type: "asset", fileName: `bundled-${name}.json`, source: JSON.stringify(directories) });
  },
});
