/** What the Pithy Jaunt application needs around it: sandboxes that hold its image's files, a model, and a repository. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const listening = async (server: ReturnType<typeof createServer>): Promise<string> => {
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** A bare repository with one file in the branch `main`; its URL, and what git says about it. */
export function repository(directory: string) {
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=A", "-c", "user.email=a@example.com", "-C", directory, ...args], {
      encoding: "utf8",
    });
  mkdirSync(directory, { recursive: true });
  git("init", "--quiet", "--bare", "--initial-branch=main");
  const blob = execFileSync("git", ["-C", directory, "hash-object", "-w", "--stdin"], {
    input: "Helo\n",
    encoding: "utf8",
  });
  const tree = execFileSync("git", ["-C", directory, "mktree"], {
    input: `100644 blob ${blob.trim()}\tREADME.md\n`,
    encoding: "utf8",
  });
  git("update-ref", "refs/heads/main", git("commit-tree", "-m", "Begin", tree.trim()).trim());
  return { url: pathToFileURL(directory).href, git };
}

/** A model that answers everything with one change, in the protocol of OpenAI's chat completions, when `open` is called. */
export async function startModel(change: object) {
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const asked: string[] = [];
  const call = { name: "change_files", arguments: JSON.stringify({ summary: "Correct a word", changes: [change] }) };
  const message = { role: "assistant", content: null, tool_calls: [{ id: "1", type: "function", function: call }] };
  const answer = { id: "1", object: "chat.completion", created: 1, model: "a-model" };
  const server = createHttpServer(async (request, response) => {
    asked.push(Buffer.concat(await request.toArray()).toString());
    await gate;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ ...answer, choices: [{ index: 0, finish_reason: "tool_calls", message }] }));
  });
  const url = `${await listening(server)}/v1`;
  return { url, asked, open, stop: () => server.close() && server.closeAllConnections() };
}

/**
 * A shell whose root is this machine's with files over it, as in a sandbox: what is in `layer` is there, and nothing outside of
 * `/tmp` can be written.
 */
export function sandboxShell(directory: string, layer: Readonly<Record<string, string>>, env: string): string {
  for (const [path, source] of Object.entries(layer)) {
    cpSync(source, join(directory, "layer", path), { recursive: true });
    chmodSync(join(directory, "layer", path), 0o755);
  }
  const shell = join(directory, "sh");
  const script = `#!/bin/sh
${env}
exec unshare --mount --propagation private /bin/sh -c '
  set -e
  mount -t tmpfs tmpfs /mnt
  mkdir /mnt/root
  cp -a "${directory}/layer" /mnt/layer
  mount -t overlay overlay -o lowerdir=/mnt/layer:/ /mnt/root
  for each in tmp proc dev; do mount --rbind /$each /mnt/root/$each; done
  exec chroot /mnt/root env --chdir="$PWD" /bin/sh "$@"' sh "$@"
`;
  writeFileSync(shell, script, { mode: 0o755 });
  return shell;
}

/** A way to a server whose connections can be cut. */
export async function startProxy(target: string) {
  const { port, hostname } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on("error", () => {}).on("close", () => sockets.delete(from) && to.destroy());
    }
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const url = await listening(server);
  const stop = () => {
    server.close();
    cut();
  };
  return { url, cut, stop };
}
