/** The addon for this platform. Throws if there is none. */
export declare function load(): unknown;
/** The WebAssembly module. */
export declare function loadWasm(): unknown;
