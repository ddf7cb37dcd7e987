// A plugin for bundlers that writes down which packages are in what they make, for their licence notices.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** The names of the lists: they are read when a package is packed, and not published. */
export const BUNDLED = /^bundled-\w+\.json$/;

/** The directory of the package that a module belongs to, if it is not one of this repository. */
const packageOf = (module) => /^.*\/node_modules\/(@[^/]+\/)?[^/]+(?=\/)/.exec(module.replaceAll("\\", "/"))?.[0];

/** The plugin; the list goes to `path`, below the directory of the build. */
export const bundled = (path) => ({
  name: "bundled",
  writeBundle(_options, bundle) {
    const modules = Object.values(bundle).flatMap(({ moduleIds = [] }) => moduleIds);
    const directories = [...new Set(modules.map(packageOf))].filter((directory) => directory !== undefined);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(directories));
  },
});
