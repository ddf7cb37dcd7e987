/** The platform of Daytona's sandboxes, and so of its builds. */
export const PLATFORM = "linux/amd64";
