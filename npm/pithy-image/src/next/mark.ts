/** Says to `pithy-image doctor` that a configuration of Next.js is complete. Other wrappers keep it, when they copy the fields. */
export const MARK: unique symbol = Symbol.for("pithy-image.next");

/** The routes that local files of images are deployed with. */
export const EVERY_ROUTE = "/**";
