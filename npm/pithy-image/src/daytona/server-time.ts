/** What time it is for Daytona, whose records carry dates: the clock of this machine may be hours off. */
import { PithyDaytonaError } from "../shared/errors.ts";
import type { HttpResponse } from "./http.ts";

/** When the server responded, in milliseconds since 1970, by its own clock. */
export function serverTime({ headers, status }: HttpResponse): number {
  const time = Date.parse(String(headers.date));
  if (!Number.isNaN(time)) return time;
  throw new PithyDaytonaError({
    code: "network",
    message: "The response of Daytona has no `Date` header, so it is not known how old anything is.",
    hint: "Check any proxy between here and Daytona.",
    retryable: true,
    status,
  });
}
