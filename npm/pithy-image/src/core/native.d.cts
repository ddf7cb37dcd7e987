/** The addon for this platform. Throws if there is none. */
export declare function load(): unknown;
/** Node's own module. */
export declare function fs(): typeof import("node:fs");
export declare function module(): typeof import("node:module");
/** The WebAssembly module. */
export declare function loadWasm(): unknown;
/** Whether the package is not in a bundle. */
export declare function isInPackage(): boolean;
