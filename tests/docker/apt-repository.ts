/** A signed repository of one Debian package, made with Debian's own tools and served on this machine alone. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const CONTROL =
  "Package: hello-pithy\nVersion: 1.0\nArchitecture: all\nMaintainer: A <a@example.com>\nDescription: x\n";
const INDEX = "main/binary-amd64/Packages";

/** A repository that is being served. */
export interface AptRepository {
  /** Its address; `/key.asc` and `/key.gpg` are its key in both forms. */
  readonly url: string;
  stop(): void;
}

/** Makes it below a directory, and serves it. */
export async function serveAptRepository(directory: string): Promise<AptRepository> {
  const site = join(directory, "site");
  for (const path of ["package/DEBIAN", "package/usr/bin", "gnupg", `site/dists/stable/main/binary-amd64`]) {
    mkdirSync(join(directory, path), { recursive: true, mode: path === "gnupg" ? 0o700 : 0o755 });
  }
  writeFileSync(join(directory, "package/DEBIAN/control"), CONTROL);
  writeFileSync(join(directory, "package/usr/bin/hello-pithy"), "#!/bin/sh\necho hello from a package\n", {
    mode: 0o755,
  });
  await run("dpkg-deb", ["--build", "--root-owner-group", join(directory, "package"), join(site, "hello.deb")]);
  const release = join(site, "dists/stable");
  writeFileSync(join(release, INDEX), `${CONTROL}Filename: hello.deb\n${sums(join(site, "hello.deb"))}\n`);
  writeFileSync(join(release, "Release"), describe(join(release, INDEX)));
  await sign(directory, site, release);
  return serve(site);
}

function describe(index: string): string {
  const { size, sha256 } = measured(index);
  return `Suite: stable\nArchitectures: amd64\nComponents: main\nDate: ${new Date().toUTCString()}\nSHA256:\n ${sha256} ${size} ${INDEX}\n`;
}

const sums = (path: string): string => {
  const { size, sha256 } = measured(path);
  return `Size: ${size}\nSHA256: ${sha256}`;
};

const measured = (path: string) => {
  const bytes = readFileSync(path);
  return { size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
};

async function sign(directory: string, site: string, release: string): Promise<void> {
  const gpg = (...args: string[]) => run("gpg", ["--homedir", join(directory, "gnupg"), "--batch", "--yes", ...args]);
  await gpg("--passphrase", "", "--quick-gen-key", "Test <test@example.com>", "rsa2048");
  await gpg("--output", join(release, "InRelease"), "--clearsign", join(release, "Release"));
  await gpg("--output", join(site, "key.asc"), "--armor", "--export");
  await gpg("--output", join(site, "key.gpg"), "--export");
  await run("gpgconf", ["--homedir", join(directory, "gnupg"), "--kill", "all"]);
}

async function serve(site: string): Promise<AptRepository> {
  const server = createServer(async (request, response) => {
    const content = await readFile(join(site, new URL(request.url ?? "/", "http://localhost").pathname)).catch(
      () => null,
    );
    response.writeHead(content ? 200 : 404).end(content ?? undefined);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, stop: () => server.close() };
}
