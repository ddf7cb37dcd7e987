/**
 * What SDKs ask of a running sandbox arrives as they say it, and is run.
 */
import { describe, expect, test } from "vitest";
import { daytona, dockerfile, eventually, post, virtualDaytona } from "./calls.ts";
import { SDKS } from "./sdks.ts";
import { isRunning } from "./shell-session.ts";

describe.concurrent.each(SDKS)("$name", ({ alias, load }) => {
  test("a session runs commands, one after the other, in one shell", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    const { id, process } = await new (await load()).Daytona(config).create();
    const commands = [
      "cd /tmp; A=é",
      "pwd; printf $A; ls /none; sh -c 'exit 3'",
      "sh -c 'echo $$; read line'",
    ] as const;

    await process.createSession("task");
    await process.executeSessionCommand("task", { command: commands[0] });
    const waited = await process.executeSessionCommand("task", { command: commands[1] });
    const { cmdId, exitCode } = await process.executeSessionCommand("task", { command: commands[2], runAsync: true });
    const output = await eventually(async () => {
      const { stdout = "" } = await process.getSessionCommandLogs("task", cmdId);
      expect(stdout).toMatch(/^\d+\n$/);
      return stdout;
    });
    const running = await process.getSessionCommand("task", cmdId);
    const session = await process.getSession("task");
    expect(isRunning(output.trim())).toBe(true);
    await process.deleteSession("task");

    expect(waited).toMatchObject({ exitCode: 3, stdout: "/tmp\né\n", stderr: expect.stringContaining("/none") });
    expect(exitCode).toBeUndefined();
    expect(running).toEqual({ id: cmdId, command: commands[2] }); // it reads what never comes
    expect(session.commands.map(({ command }) => command)).toEqual(commands);
    await eventually(() => expect(isRunning(output.trim())).toBe(false));
    await expect(process.executeSessionCommand("task", { command: "ls" })).rejects.toThrow("session not found");
    expect(api.toolbox.map(({ sandboxId, kind }) => [sandboxId, kind])).toEqual(
      ["session", ...commands.map(() => "session-command"), "session-end"].map((kind) => [id, kind]),
    );
  });

  test("a command comes to what is arranged, and is not run", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    const { process } = await new (await load()).Daytona(config).create();
    api.fail({ command: { exitCode: 3, output: "no such file" } });

    await process.createSession("task");
    const ran = await process.executeSessionCommand("task", { command: "exit 0" });

    expect(ran).toMatchObject({ exitCode: 3, stdout: "no such file" });
  });

  test("a command gets its directory and environment", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    const { process } = await new (await load()).Daytona(config).create();

    const ran = await process.executeCommand("echo $A; pwd; exit 4", "/tmp", { A: "hello" }, 5);

    expect(ran).toMatchObject({ exitCode: 4, result: "hello\n/tmp\n" });
    expect(api.toolbox).toMatchObject([{ kind: "command", body: { cwd: "/tmp", timeout: 5 } }]);
    // 0.115 writes the environment into a shell's command line.
    const { command, envs } = api.toolbox[0]?.body ?? {};
    if (alias === "sdk-0115") expect(command).toContain("export A=");
    else expect([command, envs]).toEqual(["echo $A; pwd; exit 4", { A: "hello" }]);
  });

  test("files arrive byte by byte", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    const { fs } = await new (await load()).Daytona(config).create();
    const content = Buffer.from(Array.from({ length: 200 * 1024 }, (_, i) => i % 256));

    await fs.createFolder("/srv/task", "755");
    await fs.uploadFile(content, "/srv/task/run.bin");
    await fs.uploadFile(Buffer.from("é\r\n--x\r\n"), "/srv/task/é b.txt");

    expect(api.toolbox.map(({ kind }) => kind)).toEqual(["folder", "upload", "upload"]);
    expect(api.toolbox[0]?.body).toEqual({ path: "/srv/task", mode: "755" });
    const [first, second] = api.toolbox.flatMap(({ files }) => files);
    expect(first?.path).toBe("/srv/task/run.bin");
    expect(first?.content.equals(content)).toBe(true);
    expect(second).toEqual({ path: "/srv/task/é b.txt", content: Buffer.from("é\r\n--x\r\n") });
  });

  test("a log comes with the marks of its streams, without them, or as JSON", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    const { id, process } = await new (await load()).Daytona(config).create();
    await process.createSession("task");
    const { cmdId } = await process.executeSessionCommand("task", { command: "echo a; echo b" });
    const url = `${api.origin}/toolbox/${id}/process/session/task/command/${cmdId}/logs`;
    const ask = async (version: object, query = "") => {
      const headers = { authorization: `Bearer ${config.apiKey}`, ...version };
      return (await fetch(url + query, { headers })).text();
    };

    expect(await ask({ "x-daytona-sdk-version": "0.115.2" })).toBe("\u0001\u0001\u0001a\n\u0001\u0001\u0001b\n");
    expect(JSON.parse(await ask({ "x-daytona-sdk-version": "0.218.0" }))).toMatchObject({
      stdout: "a\nb\n",
      stderr: "",
    });
    expect(await ask({})).toBe("a\nb\n");
    expect(await ask({ "x-daytona-sdk-version": "0.218.0" }, "?follow=true")).toBe("a\nb\n");
  });
});

test("a sandbox that does not run has no toolbox", async ({ onTestFinished }) => {
  const { api } = await virtualDaytona(onTestFinished);
  await post(api, "/sandbox", dockerfile("FROM a\n"));
  const toolbox = { url: `${api.origin}/toolbox` };

  const answers = [
    await post(toolbox, `/${api.sandboxes[0]?.id}/process/execute`, { command: "ls" }),
    await post(toolbox, "/none/process/execute", { command: "ls" }),
  ];

  expect(answers.map(({ status }) => status)).toEqual([400, 404]);
  expect(api.toolbox).toEqual([]);
});
