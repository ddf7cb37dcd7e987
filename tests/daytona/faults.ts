/**
 * What goes wrong: as tests arrange it, or by chance from a seed.
 */
import { createHash } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import type { Failure } from "./build.ts";
import type { LogFault } from "./http.ts";

/** How requests are answered that fit. */
export interface Answer {
  readonly method?: string;
  /** How the path begins, or what it matches. */
  readonly path?: string | RegExp;
  /**
   * An HTTP status. `reset`: the connection is cut, and the request has no effect. `cut`: the request takes effect, and
   * the connection is cut. `lost`: the request takes effect, and its answer never arrives. Without one the request is
   * answered as usual.
   */
  readonly status?: number | "reset" | "cut" | "lost";
  readonly message?: string;
  /** When to try again, in seconds: the header `Retry-After`, or with 429 the one of the throttler. */
  readonly retryAfter?: number;
  /** Which throttler refuses; `authenticated` when not given. */
  readonly throttler?: "authenticated" | "sandbox-create" | "sandbox-lifecycle";
  /** Called when such a request has come; nothing happens before its promise is kept. */
  readonly until?: () => Promise<unknown>;
  /** How many requests; one when not given. */
  readonly times?: number;
}

/** What a command that is run in a sandbox comes to. */
export interface CommandResult {
  readonly exitCode: number;
  readonly output?: string;
}

/** How the log of a command goes wrong. */
export interface OutputFault {
  /** The connection is cut after so many bytes, marks included. */
  readonly cutAfter?: number;
  /** It has only so many bytes, as on a full disk. */
  readonly endsAfter?: number;
  /** It comes as JSON, whoever asks. */
  readonly isJson?: boolean;
}

/** What is to go wrong. Each is used up by the first thing it fits. */
export interface Fault {
  /** The next build fails like this. */
  readonly build?: Failure;
  /** The next build takes so many seconds longer; `Infinity`: until it is released. */
  readonly slow?: number;
  /** The next sandbox from a snapshot fails to start. */
  readonly start?: Failure;
  /** So many requests for the URL of a build log are answered 404, as while no runner is assigned. */
  readonly logUrlMissing?: number;
  /** The next stream of a build log. */
  readonly log?: LogFault;
  /** The next command in a sandbox, which is not run. */
  readonly command?: CommandResult;
  /** The next log of a command. */
  readonly output?: OutputFault;
  readonly answer?: Answer;
}

/** What chance has to choose from: statuses, and what happens to connections and to logs. */
export type ChaosFault = LogFault | "429" | "503" | "late" | "reset" | "cut" | "lost";

/** Faults by chance; the same for the same seed and the same order of requests. */
export interface Chaos {
  readonly seed: number | string;
  /** The share of requests that something happens to, from 0 to 1. */
  readonly rate: number;
  /** What may happen; everything but `lost` when not given. */
  readonly faults?: readonly ChaosFault[];
}

const LOG = /\/build-logs$/;
const LOG_URL = /\/build-logs-url$/;
const NO_RUNNER: Answer = { path: LOG_URL, status: 404, message: "no runner is assigned" };
const LOG_FAULTS: readonly LogFault[] = ["truncated", "endless", "silent", "slow", "binary", "404", "500"];
/** Turns of the event loop in which other requests overtake one that is late. */
const LATE_TURNS = 10;

/** Lets other requests overtake one. */
export async function later(): Promise<void> {
  for (let turns = 0; turns < LATE_TURNS; turns++) await turn();
}

/** What chance makes of a request that is not for a log. */
const ANSWERS = {
  "429": { status: 429, retryAfter: 0 },
  "500": { status: 500 },
  "503": { status: 503 },
  late: { until: later },
  reset: { status: "reset" },
  cut: { status: "cut" },
  lost: { status: "lost" },
} satisfies Partial<Record<ChaosFault, Answer>>;
const ANSWER_FAULTS = Object.keys(ANSWERS) as (keyof typeof ANSWERS)[];
/** Everything that chance has to choose from. */
export const CHAOS_FAULTS: readonly ChaosFault[] = [...new Set([...LOG_FAULTS, ...ANSWER_FAULTS])];
/** The same, to be arranged: chance may leave something out. */
export const EVERY_FAULT: readonly Fault[] = [
  { logUrlMissing: 1 },
  ...LOG_FAULTS.map((log) => ({ log })),
  ...Object.values(ANSWERS).map((answer) => ({ answer })),
];
const BY_CHANCE = CHAOS_FAULTS.filter((fault) => fault !== "lost");

/** The faults of one stand-in. */
export class Faults {
  /** How often chance made something happen. */
  happened = 0;
  readonly #builds: Pick<Fault, "build" | "slow">[] = [];
  #answers: { readonly answer: Answer; left: number }[] = [];
  readonly #starts: Failure[] = [];
  readonly #logs: LogFault[] = [];
  readonly #commands: CommandResult[] = [];
  readonly #outputs: OutputFault[] = [];
  #chance: ReturnType<typeof dice> | undefined;

  /** Adds to what is arranged. */
  add({ build, slow, start, logUrlMissing, log, command, output, answer }: Fault): void {
    if (start) this.#starts.push(start);
    if (build || slow) this.#builds.push({ ...(build && { build }), ...(slow && { slow }) });
    if (log) this.#logs.push(log);
    if (command) this.#commands.push(command);
    if (output) this.#outputs.push(output);
    if (answer) this.#answer(answer);
    if (logUrlMissing) this.#answer({ ...NO_RUNNER, times: logUrlMissing });
  }

  /** How much of what is arranged did not happen yet. */
  get left(): number {
    return [this.#builds, this.#starts, this.#answers, this.#logs, this.#commands, this.#outputs].flat().length;
  }

  /** Takes back what is arranged and did not happen yet. */
  clear(): void {
    this.#answers = [];
    for (const arranged of [this.#builds, this.#starts, this.#logs, this.#commands, this.#outputs]) arranged.length = 0;
  }

  /** From now on chance decides what is not arranged; `undefined` ends it. */
  set chaos(chaos: Chaos | undefined) {
    this.#chance = chaos && dice(chaos);
  }

  /** What happens to a request. */
  take(method: string, path: string): Answer & { readonly log?: LogFault } {
    const arranged = this.#answers.find(({ answer }) => fits(answer, method, path));
    if (arranged) {
      arranged.left -= 1;
      this.#answers = this.#answers.filter(({ left }) => left > 0);
      return arranged.answer;
    }
    return LOG.test(path) ? this.#takeLog() : this.#takeByChance(path);
  }

  /** What happens to the next build. */
  takeBuild(): Pick<Fault, "build" | "slow"> {
    return this.#builds.shift() ?? {};
  }

  /** How the next start fails, if it does. */
  takeStart(): Failure | undefined {
    return this.#starts.shift();
  }

  /** What the next command comes to, if it is not to be run. */
  takeCommand(): CommandResult | undefined {
    return this.#commands.shift();
  }

  /** What happens to the next log of a command. */
  takeOutput(): OutputFault | undefined {
    return this.#outputs.shift();
  }

  #takeLog(): Answer & { readonly log?: LogFault } {
    const log = this.#logs.shift() ?? this.#draw(LOG_FAULTS);
    if (log === "404" || log === "500") return { status: Number(log) };
    return log ? { log } : {};
  }

  #takeByChance(path: string): Answer {
    const fault = this.#draw([...ANSWER_FAULTS, ...(LOG_URL.test(path) ? ["404" as const] : [])]);
    if (fault === "404") return NO_RUNNER;
    return fault ? ANSWERS[fault] : {};
  }

  #draw<F extends ChaosFault>(fitting: readonly F[]): F | undefined {
    const fault = this.#chance?.(fitting);
    if (fault) this.happened += 1;
    return fault;
  }

  #answer(answer: Answer): void {
    this.#answers.push({ answer, left: answer.times ?? 1 });
  }
}

function fits({ method, path = "" }: Answer, asked: string, at: string): boolean {
  return (method ?? asked) === asked && (typeof path === "string" ? at.startsWith(path) : path.test(at));
}

/** Draws from the seed, twice for each request, so that what is chosen does not change what is drawn next. */
function dice({ seed, rate, faults = BY_CHANCE }: Chaos) {
  let turn = 0;
  const draw = () => createHash("sha256").update(`${seed}:${turn++}`).digest().readUInt32BE() / 2 ** 32;
  return <F extends ChaosFault>(fitting: readonly F[]): F | undefined => {
    const [whether, which] = [draw(), draw()];
    const choices = fitting.filter((fault) => faults.includes(fault));
    return whether < rate ? choices[Math.floor(which * choices.length)] : undefined;
  };
}
