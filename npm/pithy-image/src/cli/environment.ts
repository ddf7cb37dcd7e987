/** The environment variables of the application. */
import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { printDetail } from "./print.ts";

/** The variables of the process, then those of `.env.local`, then of `.env`: the order of Next.js and of the SDK. */
export const environment = (): NodeJS.ProcessEnv => ({ ...read(".env"), ...read(".env.local"), ...process.env });

function read(file: string): NodeJS.ProcessEnv {
  try {
    const variables = parseEnv(readFileSync(file, "utf8"));
    printDetail(`Read ${file}\n`);
    return variables;
  } catch {
    return {}; // it does not exist, or is not readable
  }
}
