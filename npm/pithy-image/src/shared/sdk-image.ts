/** Images of the Daytona SDK's own class: they have the names of ours, and none of what is needed here. */
import type { Check } from "./check.ts";

/** Whether a value is an image of the SDK's own class, of any version. */
export const isSdkImage = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  "dockerfile" in value &&
  "contextList" in value &&
  !("toJSON" in value);

/** What is wrong with it, and what to do. */
export const SDK_IMAGE_MISTAKE = "is an image of the Daytona SDK's own class.";
export const SDK_IMAGE_HINT =
  "Import `Image` from `pithy-image/daytonaio-sdk` or `pithy-image/daytona-sdk`: the calls are the same.";

/** A check that says so of such an image, instead of what else is wrong with it. */
export const notOfSdk =
  (check: Check): Check =>
  (value, path) =>
    isSdkImage(value)
      ? [{ code: "wrong_type", path, message: `${SDK_IMAGE_MISTAKE} ${SDK_IMAGE_HINT}` }]
      : check(value, path);
