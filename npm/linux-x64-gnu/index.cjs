// Not `require`: bundlers read what that names, and none of them can read an addon. File tracers follow the path that is looked at.
"use strict";

const { statSync } = require("node:fs");
const { join } = require("node:path");

const addon = join(__dirname, "pithy-image.node");
statSync(addon);
process.dlopen(module, addon);
