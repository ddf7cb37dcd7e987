import { backend, buildPithyJauntImage, Image, init } from "pithy-image";

const bytes = (text: string) => new TextEncoder().encode(text);

/** The files of the preset, as an application has them that has no disk. */
export const FILES = [
  { path: "daytona/execution.sh", bytes: bytes("#!/bin/sh\necho hello\n"), executable: true },
  { path: "daytona/agent-runner.py", bytes: bytes("print('hello')\n") },
];

/** An image without local files, and one with them. */
export const images = (): [Image, Image] => [
  Image.debianSlim("3.12")
    .aptInstall(["git", "curl"])
    .pipInstall(["openai"])
    .env({ GREETING: "a $literal value" })
    .addFile("/app/note.txt", "The same everywhere.\n"),
  buildPithyJauntImage({ apt: ["ripgrep"] }),
];

/** What the images are called here, and by which core. */
export async function identity() {
  await init();
  const [plain, preset] = images();
  const resolved = [await plain.resolve(), await preset.resolveFiles(FILES)];
  return {
    backend: backend(),
    names: resolved.map(({ imageDigest, snapshotRef }) => ({ imageDigest, snapshotRef })),
  };
}
