import { host } from "#host";
import { unwrap } from "./backend.ts";

/**
 * A text with `***` in place of its secrets: tokens in a known form, private keys, passwords in URLs, headers and commands, and values
 * of variables whose names say that they are secret. Variables, placeholders and plain words stay. Messages and findings of this
 * package, and what its command line and its preview show, are masked already; `toDockerfile()`, `toJSON()` and what is sent are not.
 * In a browser it needs `init()`.
 *
 * @example
 * ```ts
 * maskSecrets("git clone https://bot:q8Zr2LkV9mXw4TnB@git.example.org/app");
 * // git clone https://bot:***@git.example.org/app
 * ```
 */
export const maskSecrets = (text: string): string => unwrap<string>(host.backend().mask(text));
