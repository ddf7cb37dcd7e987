/**
 * The streams of build logs, as they should be and as they go wrong.
 */
import type { ServerResponse } from "node:http";
import type { Build, Reader } from "./build.ts";
import type { LogFault } from "./http.ts";

const SLOW_MS = 2;
const ENDLESS_MS = 20;

/** Streams a build's log until it ends or the client leaves. */
export function streamLog(build: Build, response: ServerResponse, fault: LogFault | undefined): void {
  response.setHeader("content-type", "text/plain; charset=utf-8");
  response.flushHeaders();
  const leave = build.follow(reader(response, fault));
  response.once("close", leave);
}

function reader(response: ServerResponse, fault: LogFault | undefined): Reader {
  const whole: Reader = { write: (text) => response.write(text), end: () => response.end() };
  if (fault === "silent") return { write: () => {}, end: () => {} };
  if (fault === "endless") return { write: whole.write, end: () => goOn(response) };
  if (fault === "truncated") return { write: (text) => truncate(text, response), end: () => {} };
  if (fault === "slow") return byteByByte(response);
  if (fault === "binary") response.write(Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28, 0x1b, 0x0a]));
  return whole;
}

function goOn(response: ServerResponse): void {
  const timer = setInterval(() => response.write("still going\n"), ENDLESS_MS).unref();
  response.once("close", () => clearInterval(timer));
}

/** Cuts after the first byte of the first character that has several, or in the last line. */
function truncate(text: string, response: ServerResponse): void {
  const bytes = Buffer.from(text);
  const character = bytes.findIndex((byte) => byte >= 0x80);
  const end = character < 0 ? bytes.length - 2 : character + 1;
  response.write(bytes.subarray(0, end), () => response.destroy());
}

function byteByByte(response: ServerResponse): Reader {
  let [left, over] = [Buffer.alloc(0), false];
  const timer = setInterval(() => {
    if (left.length > 0) response.write(left.subarray(0, 1));
    else if (over) response.end();
    left = left.subarray(1);
  }, SLOW_MS).unref();
  response.once("close", () => clearInterval(timer));
  return {
    write: (text) => {
      left = Buffer.concat([left, Buffer.from(text)]);
    },
    end: () => {
      over = true;
    },
  };
}
