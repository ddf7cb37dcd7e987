// An application with files that an image takes, as it was and as it is.
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Image } from "pithy-image";

export type Contents = Record<string, string>;

/** Writes files into a new directory; those that begin with `#!` are executable. */
export function project(contents: Contents): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "pithy-image-preview-")));
  for (const [path, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    chmodSync(join(root, path), text.startsWith("#!") ? 0o755 : 0o644);
  }
  return root;
}

const COMMON: Contents = {
  ".dockerignore": "**/node_modules\n.env\n",
  ".env": "SECRET=1\n",
  "daytona/execution.sh": "#!/bin/sh\nexec python /srv/app/main.py\n",
  "src/lib/util.py": "x = 1\n".repeat(300),
  "src/debug.log": "noise\n",
  "src/node_modules/left-pad/index.js": "module.exports = 1;\n",
};

export const BEFORE: Contents = { ...COMMON, "src/main.py": "print(1)\n", "src/old.py": "pass\n" };
export const AFTER: Contents = { ...COMMON, "src/main.py": "print(2)\n", "src/new.py": "pass\n" };

const begin = () => Image.debianSlim("3.12");

export const before = () =>
  begin()
    .aptInstall(["git", "curl", "wget"])
    .env({ LOG: "info" })
    .addLocalFile("daytona/execution.sh", "/app/execution.sh", { mode: 0o755 })
    .addLocalDir("src", "/srv/app", { exclude: ["*.log"] })
    .expose(8080)
    .workdir("/app");

/** The image after a change: a package for another, a step more, one less, files. */
export const after = () =>
  begin()
    .aptInstall(["git", "curl", "jq"])
    .env({ LOG: "info" })
    .pipInstall(["openai"])
    .addLocalFile("daytona/execution.sh", "/app/execution.sh", { mode: 0o755 })
    .addLocalDir("src", "/srv/app", { exclude: ["*.log"] })
    .workdir("/app");

/** A Dockerfile as people write them. */
const DOCKERFILE = `# syntax=docker/dockerfile:1
# The agent's image.

arg PY=3.12
from python:\${PY}-slim as build
run pip install --target /deps \\
    # "the client
    openai \\

    anthropic

FROM python:\${PY}-slim
# between two instructions
COPY --from=build /deps /deps
COPY --chmod=755 daytona/execution.sh /app/
COPY src /srv/app/
RUN <<'EOF'
FROM here
# this is run, too
EOF
CMD ["python"]
WORKDIR /app`;

const IMPORTED: Contents = { ...COMMON, "daytona/Dockerfile": DOCKERFILE, "src/main.py": "print(1)\n" };
const CHANGED = DOCKERFILE.replace("    openai", "    openai>1").replace("WORKDIR /app", "WORKDIR /srv\nRUN true");

export const DOCKERFILE_BEFORE: Contents = IMPORTED;
export const DOCKERFILE_AFTER: Contents = { ...IMPORTED, "daytona/Dockerfile": CHANGED, "src/main.py": "print(2)\n" };

/** An image that begins with a Dockerfile. */
export const imported = () =>
  Image.fromDockerfile("daytona/Dockerfile", { context: "." })
    .env({ A: "1" })
    .dockerfileCommands(["USER node", "run id"]);

/** One step of each kind, except for those that begin otherwise. */
export const everyKind = () =>
  Image.debianSlim("3.12")
    .stage("tools", Image.base("golang:1.23").runCommands("go install golang.org/x/tools/gopls@latest"))
    .aptInstall(["git", "curl"])
    .aptRepository({
      name: "acme",
      keyUrl: "https://acme.example/key",
      uri: "https://acme.example/apt",
      suite: "stable",
      components: ["main"],
    })
    .pipInstall(["openai", "anthropic"])
    .pipInstallFromRequirements("/srv/requirements.txt", { inImage: true })
    .pipInstallFromPyproject("pyproject.toml", { optionalDependencies: ["dev"] })
    .uvPipInstall(["ruff"])
    .nodejs("22")
    .npmInstall(["typescript"])
    .githubCli()
    .playwright(["firefox"])
    .addLocalFile("daytona/execution.sh", "/app/execution.sh", { mode: 0o755 })
    .addLocalDir("src", "/srv/app", { exclude: ["*.log"], chown: "node:node" })
    .addFile("/etc/motd", "Welcome\n", { mode: 0o600 })
    .symlink("/srv/app", "/app/current")
    .makeDir("/var/cache/app", { mode: 0o750 })
    .copyFrom("tools", "/go/bin/gopls", "/usr/local/bin/gopls")
    .runCommands("make", ["printf", "two words"])
    .runScript("set -x\necho hi\n", { shell: ["/bin/bash", "-e", "-c"] })
    .shell(["/bin/bash", "-c"])
    .arg("VERSION", "1")
    .env({ LOG: "debug", MODE: "dev" })
    .pathPrepend("/opt/bin")
    .label({ team: "agents" })
    .expose(8080, "53/udp")
    .raw("HEALTHCHECK CMD true")
    .dockerfileCommands(["STOPSIGNAL INT", "ONBUILD RUN true"])
    .workdir("/app")
    .user("node")
    .cmd(["python", "-m", "app"])
    .entrypoint(["/app/execution.sh"])
    .refresh("2026-01-01");
