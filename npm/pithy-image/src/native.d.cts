declare const native: {
  /** Loads the addon for this platform, or throws an error that says what to do. */
  load(): unknown;
};
export = native;
