/** Programs on `debianSlim`, built in a real Debian: what builds with the SDK builds with ours, and leaves the same behind. */
import { repacked } from "pithy-image-tests-docker/context";
import { importDebian } from "pithy-image-tests-docker/debian";
import { DockerApi } from "pithy-image-tests-docker/docker-api";
import { beforeAll, expect, inject, test } from "vitest";
import { type Call, type ImageClass, inProject, type Program } from "./program.ts";
import { Ours, Sdk, sentBy } from "./sides.ts";

const api = new DockerApi(inject("socket"));
let debian: string;

beforeAll(async () => {
  debian = await importDebian(api, "20.99");
}, 600_000);

/** Prints what packages there are and which of them were asked for, debconf's answers, and the package lists. */
const STATE = [
  "echo BEGIN",
  "dpkg-query --show",
  "apt-mark showmanual",
  "debconf-show debconf | sort",
  "python -m pip list --format=freeze",
  "ls /var/lib/apt/lists",
  "echo END",
].join(" && ");

/** What there is in the image of a program when everything is installed. */
async function leftBy(calls: readonly Call[], Class: ImageClass): Promise<string> {
  const program: Program = { project: {}, start: ["debianSlim", "3.12"], calls: [...calls, ["runCommands", STATE]] };
  const { dockerfile } = await inProject(program.project, () => sentBy(program, Class));
  const text = dockerfile.replace(/^FROM .*/, `FROM ${debian}`);
  const { log, error } = await api.build(await repacked(text, []), "buildkit", "host");
  if (error !== undefined) throw new Error(`${error}\n${text}\n${log.slice(-4000)}`);
  return /^BEGIN\n(.*?)^END$/ms.exec(log)?.[1] ?? "";
}

/** What a program of the SDK does with what `debianSlim` leaves: its package lists, what is only recommended, its compilers. */
const CALLS: readonly Call[] = [
  ["runCommands", "apt-get install -y zsh git", "gpg --version && fakeroot gcc --version"],
  ["pipInstall", ["six"]],
];

test("a program on debianSlim has the same packages as with the SDK", { retry: 1 }, async () => {
  const theirs = await leftBy(CALLS, Sdk);
  for (const name of ["build-essential", "gnupg", "zsh"]) expect(theirs).toMatch(new RegExp(`^${name}\\t\\d`, "m"));
  expect(theirs).toMatch(/^six==/m);
  expect(await leftBy(CALLS, Ours)).toBe(theirs);
});
