/**
 * What goes wrong on request: connections, answers and logs, arranged one by one or drawn from a seed.
 */
import { describe, expect, test, vi } from "vitest";
import { dockerfile, get, pass, post, states, virtualDaytona } from "./calls.ts";
import { type DaytonaFixture, type LogFault, startDaytona, USUAL_PACE, VirtualTime } from "./fixture.ts";
import { Gate } from "./gate.ts";

/** Whether a request is answered, and how. */
async function outcome(answering: Promise<{ status: number }>): Promise<number | "no answer"> {
  return answering.then(
    ({ status }) => status,
    () => "no answer",
  );
}

describe.concurrent("a connection", () => {
  test("is reset before anything happens", async ({ onTestFinished }) => {
    const { api } = await virtualDaytona(onTestFinished);
    api.fail({ answer: { method: "POST", path: "/sandbox", status: "reset" } });

    expect(await outcome(post(api, "/sandbox", {}))).toBe("no answer");
    expect([api.sandboxes.length, api.requests.length]).toEqual([0, 1]);
    expect(await outcome(post(api, "/sandbox", {}))).toBe(200);
  });

  test("is cut after the request has taken effect", async ({ onTestFinished }) => {
    const { api } = await virtualDaytona(onTestFinished);
    api.fail({ answer: { method: "POST", path: "/sandbox", status: "cut" } });

    expect(await outcome(post(api, "/sandbox", {}))).toBe("no answer");
    expect(api.sandboxes).toMatchObject([{ state: "started" }]);
  });

  test("is refused while the server pauses, and finds everything afterwards", async ({ onTestFinished }) => {
    const { api } = await virtualDaytona(onTestFinished);
    const { body } = await post(api, "/sandbox", {});

    await api.pause();
    const refused = await post(api, "/sandbox", {}).catch((error: Error) => error.cause);
    await api.resume();

    expect(refused).toMatchObject({ code: "ECONNREFUSED" });
    expect((await get(api, `/sandbox/${body.id}`)).body.state).toBe("started");
    expect(api.sandboxes).toHaveLength(1);
  });
});

describe.concurrent("an answer", () => {
  test("says when to try again", async ({ onTestFinished }) => {
    const { api, config } = await virtualDaytona(onTestFinished);
    api.fail({ answer: { path: /^\/sandbox/, status: 429, retryAfter: 7 } });

    const answer = await fetch(`${config.apiUrl}/sandbox`, { headers: { authorization: `Bearer ${config.apiKey}` } });

    expect([answer.status, answer.headers.get("retry-after-authenticated")]).toEqual([429, "7"]);
    expect(await answer.json()).toMatchObject({ statusCode: 429, message: "Too Many Requests" });
  });

  test("comes late, with or without a status", async ({ onTestFinished }) => {
    const { api } = await virtualDaytona(onTestFinished);
    const { until, open } = new Gate();
    api.fail({ answer: { method: "POST", until } });
    api.fail({ answer: { method: "POST", until, status: 503 } });
    const answered = vi.fn();
    const late = [post(api, "/sandbox", {}), post(api, "/sandbox", {})];
    for (const answering of late) void answering.then(answered);

    expect((await get(api, "/sandbox")).body.items).toEqual([]);
    expect(answered).not.toHaveBeenCalled();
    open();

    expect((await Promise.all(late)).map(({ status }) => status).sort()).toEqual([200, 503]);
    expect(api.sandboxes).toHaveLength(1);
  });
});

describe.concurrent("the stream of a log", () => {
  /** Where the log of a build is that has a character of two bytes. */
  async function building({ api, config }: DaytonaFixture, fault: LogFault): Promise<() => Promise<Response>> {
    const { body } = await post(api, "/sandbox", dockerfile("FROM a\nRUN echo é\n"));
    await pass(api, api.pace.assign);
    const { url } = (await get(api, `/sandbox/${body.id}/build-logs-url`)).body;
    api.fail({ log: fault });
    return () => fetch(`${url}?follow=true`, { headers: { authorization: `Bearer ${config.apiKey}` } });
  }

  /** The bytes that arrive until the stream ends, breaks, or `enough` have. */
  async function read(response: Response, enough = Number.POSITIVE_INFINITY): Promise<[Buffer, "ended" | "broken"]> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of response.body ?? []) {
        chunks.push(Buffer.from(chunk));
        if (Buffer.concat(chunks).length >= enough) break;
      }
      return [Buffer.concat(chunks), "ended"];
    } catch {
      return [Buffer.concat(chunks), "broken"];
    }
  }

  /** Reads until the build is over. */
  async function toItsEnd({ api }: DaytonaFixture, response: Response, enough?: number) {
    const reading = read(response, enough);
    await states(api, `/sandbox/${api.sandboxes[0]?.id}`);
    return reading;
  }

  const WHOLE = "#1 FROM a\n#2 RUN echo é\nSuccessfully built\n";

  test("is cut in the middle of a character, and whole the next time", async ({ onTestFinished }) => {
    const fixture = await virtualDaytona(onTestFinished);
    const open = await building(fixture, "truncated");

    const [cut, how] = await read(await open());

    expect([cut.toString("latin1"), how]).toEqual(["#1 FROM a\n#2 RUN echo \u00c3", "broken"]);
    expect(fixture.api.sandboxes[0]?.state).toBe("building_snapshot");
    expect((await toItsEnd(fixture, await open()))[0].toString()).toBe(WHOLE);
  });

  test("goes on when the build is over", async ({ onTestFinished }) => {
    const fixture = await virtualDaytona(onTestFinished);
    const open = await building(fixture, "endless");

    const [bytes] = await toItsEnd(fixture, await open(), WHOLE.length + 30);

    expect(bytes.toString().startsWith(WHOLE)).toBe(true);
    expect(bytes.toString()).toContain("still going\n");
    expect(fixture.api.sandboxes[0]?.outcome).toBe("built");
  });

  test("says nothing while the build is over for those who ask", async ({ onTestFinished }) => {
    const fixture = await virtualDaytona(onTestFinished);
    const open = await building(fixture, "silent");
    const reading = read(await open());
    const early = vi.fn();
    reading.then(early);

    await states(fixture.api, `/sandbox/${fixture.api.sandboxes[0]?.id}`);
    expect(fixture.api.sandboxes[0]?.state).toBe("started");
    expect(early).not.toHaveBeenCalled();
    await fixture.stop();
    expect(await reading).toEqual([Buffer.alloc(0), "broken"]);
  });

  test("comes byte by byte", async ({ onTestFinished }) => {
    const fixture = await virtualDaytona(onTestFinished);
    const open = await building(fixture, "slow");
    expect((await toItsEnd(fixture, await open()))[0].toString()).toBe(WHOLE);
  });

  test("begins with what is not text", async ({ onTestFinished }) => {
    const fixture = await virtualDaytona(onTestFinished);
    const open = await building(fixture, "binary");
    const [bytes, how] = await toItsEnd(fixture, await open());
    expect([bytes.includes(0xff), bytes.toString().endsWith(WHOLE), how]).toEqual([true, true, "ended"]);
  });

  test.each(["404", "500"] as const)("is answered %s", async (fault) => {
    const fixture = await startDaytona({ time: new VirtualTime(), pace: USUAL_PACE });
    const open = await building(fixture, fault);
    const statuses = [(await open()).status, (await open()).status];
    await fixture.stop();
    expect(statuses).toEqual([Number(fault), 200]);
  });
});

describe.concurrent("chance", () => {
  /** What 40 requests come to. */
  async function outcomes({ api }: DaytonaFixture): Promise<unknown[]> {
    const seen: unknown[] = [];
    for (let i = 0; i < 40; i++) seen.push(await outcome(post(api, "/sandbox", {})));
    return seen;
  }

  test("does the same for the same seed, and something else for another", async ({ onTestFinished }) => {
    const runs: unknown[][] = [];
    for (const seed of [1, 1, 2]) {
      const fixture = await virtualDaytona(onTestFinished);
      fixture.api.chaos({ seed, rate: 0.5 });
      runs.push(await outcomes(fixture));
    }

    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).not.toEqual(runs[0]);
    expect(new Set(runs.flat())).toEqual(new Set([200, 429, 500, 503, "no answer"]));
  });

  test("keeps to its rate and to what it may do", async ({ onTestFinished }) => {
    const fixture = await virtualDaytona(onTestFinished);
    fixture.api.chaos({ seed: "s", rate: 1, faults: ["503"] });
    expect(new Set(await outcomes(fixture))).toEqual(new Set([503]));
    fixture.api.chaos(undefined);
    expect(new Set(await outcomes(fixture))).toEqual(new Set([200]));
  });

  test("does to a log what can happen to one", async ({ onTestFinished }) => {
    const { api } = await virtualDaytona(onTestFinished);
    api.chaos({ seed: 1, rate: 1, faults: ["404"] });
    const path = `/sandbox/${(await post(api, "/sandbox", dockerfile("FROM a\n"))).body.id}`;
    const asked = [path, `${path}/build-logs-url`, `${path}/build-logs?follow=true`];

    expect(await Promise.all(asked.map((each) => outcome(get(api, each))))).toEqual([200, 404, 404]);
  });
});
