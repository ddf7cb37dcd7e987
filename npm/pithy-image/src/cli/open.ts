/** Opens a page in the default browser, if there is one; the URL has been printed. */
import { spawn } from "node:child_process";

export function open(url: string): void {
  const [command, ...args] = OPENERS[process.platform] ?? ["xdg-open"];
  const child = spawn(command ?? "", [...args, url], { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
}

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, string[]>>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", ""],
};
