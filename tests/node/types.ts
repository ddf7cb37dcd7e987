/**
 * What the types promise, checked by `tsc`: an image that the SDK would silently ignore does not compile. Nothing here
 * runs.
 */
import {
  buildPithyJauntImage,
  type Definition,
  Image,
  type Problem,
  type PythonSeries,
  type ResolvedImage,
  type Step,
} from "pithy-image";
import {
  type BoundImage,
  bindImage,
  createPithyJauntSnapshot,
  pithyDaytona,
  toDaytonaImage,
} from "pithy-image/daytona";
import { type Daytona as Daytona0115, Image as SdkImage0115 } from "sdk-0115";
import { type Daytona as DaytonaDaytona, Image as SdkImageDaytona } from "sdk-daytona";
import { type Daytona, Image as SdkImage, type Snapshot } from "sdk-latest";

declare const daytona: Daytona;
declare const older: Daytona0115;
declare const other: DaytonaDaytona;

const Bound = bindImage(SdkImage);
const Bound0115 = bindImage(SdkImage0115);
const BoundDaytona = bindImage(SdkImageDaytona, { root: "." });

// A bound image is the SDK's image, after any chain of calls, ours and the SDK's.
const bound: SdkImage = Bound.debianSlim("3.12");
const chained: SdkImage = Bound.base("a").aptInstall("git").env({ A: "1" }).pipInstall(["a"], { pre: true }).user("a");
const shared: BoundImage<SdkImage> = Bound.base("a").workdir("/a").runCommands("a", ["b", "c"]).entrypoint(["a"]);
const built: SdkImage = Bound.base("a").stage("b", Image.base("c")).copyFrom("b", "/a", "/b").nodejs(22).playwright();
const listed: SdkImage = Bound.base("a")
  .pipInstallFromRequirements("a.txt")
  .pipInstallFromPyproject("b", { pre: true });
const taken: SdkImage = Bound.from(Image.base("a"));
const read: SdkImage = Bound.fromJSON("{}");
const of0115: SdkImage0115 = Bound0115.base("a").label({ a: "b" });
const ofDaytona: SdkImageDaytona = BoundDaytona.debianSlim("3.14").refresh("a");
const prepared: Promise<SdkImage> = shared.prepare({ signal: AbortSignal.timeout(1) });
const plain: Promise<SdkImage> = toDaytonaImage(Image.base("a"), SdkImage);
const snapshot: Promise<Snapshot> = createPithyJauntSnapshot(daytona, "a", { onLogs: console.log, pip: ["a"] });
void daytona.create({ image: shared });
void daytona.create({ image: Bound.base("a").aptInstall("git") });
void daytona.snapshot.create({ name: "a", image: Bound.base("a") });
void other.create({ image: ofDaytona });

// An image that is not bound, or bound to another copy, is none of the SDK's.
// @ts-expect-error an image that is not bound
const unbound: SdkImage = Image.base("a");
// @ts-expect-error an image that is not bound
void daytona.create({ image: Image.base("a") });
// @ts-expect-error an image of the older SDK
void daytona.create({ image: of0115 });
// @ts-expect-error an image of the package with the other name
void daytona.create({ image: ofDaytona });
// @ts-expect-error a definition is not an image
void daytona.create({ image: shared.toJSON() });
// @ts-expect-error what is resolved is not an image
void daytona.create({ image: shared.resolveSync() });

// What `create` of the SDK in use takes, `createSandbox` takes.
const { createSandbox } = pithyDaytona({ daytona, Image: SdkImage });
const ofOther = pithyDaytona({ daytona: other, Image: SdkImageDaytona });
const ofOlder = pithyDaytona({ daytona: older, Image: SdkImage0115 });
const lock = { format: "pithy-image-lock/1", images: { agent: {} } };
const everywhere = {
  volumes: [{ volumeId: "a", mountPath: "/a" }],
  networkBlockAll: false,
  networkAllowList: "10.0.0.0/8",
  public: true,
  user: "node",
  language: "python",
  autoStopInterval: 0,
  autoArchiveInterval: 60,
  autoDeleteInterval: 60,
};
const newer = { ...everywhere, secrets: { API_KEY: "name" }, domainAllowList: "example.com", ephemeral: true };
void createSandbox({ lock, ttlMinutes: 1, params: newer });
void ofOther.createSandbox({ lock, ttlMinutes: 1, params: newer });
void ofOlder.createSandbox({ lock, ttlMinutes: 1, params: everywhere });
void createSandbox({ image: bound as never, ttlMinutes: 1, resources: { gpu: 1, gpuType: "H100" } });
// @ts-expect-error a typo in a parameter
void createSandbox({ lock, ttlMinutes: 1, params: { networkBlockall: true } });
// @ts-expect-error a typo in a parameter
void ofOther.createSandbox({ lock, ttlMinutes: 1, params: { networkBlockall: true } });
// @ts-expect-error a typo in a parameter
void ofOlder.createSandbox({ lock, ttlMinutes: 1, params: { networkBlockall: true } });
// @ts-expect-error a parameter that the older SDK does not have
void ofOlder.createSandbox({ lock, ttlMinutes: 1, params: { secrets: {} } });
// @ts-expect-error a value of another type
void createSandbox({ lock, ttlMinutes: 1, params: { volumes: "a" } });
// @ts-expect-error there is an option for it
void createSandbox({ lock, ttlMinutes: 1, params: { labels: {} } });

// A sandbox is created from exactly one of a lock, an image and a snapshot, with what belongs to it.
const name: string | undefined = process.env.DAYTONA_SNAPSHOT_NAME;
void createSandbox({ image: Image.base("a"), root: ".", region: "eu", resources: { cpu: 1 }, ttlMinutes: 1 });
void createSandbox({ image: Bound.base("a"), lock: undefined, snapshot: undefined, ttlMinutes: 1 });
void createSandbox({ snapshot: "a", region: "eu", fallbackSnapshot: name, reuse: "a", ttlMinutes: 1 });
void createSandbox({ lock: JSON.parse("{}"), imageName: "agent", ttlMinutes: 1 });
// @ts-expect-error none of them
void createSandbox({ ttlMinutes: 1 });
// @ts-expect-error two of them
void createSandbox({ lock, image: Image.base("a"), ttlMinutes: 1 });
// @ts-expect-error two of them
void createSandbox({ lock, snapshot: "a", ttlMinutes: 1 });
// @ts-expect-error two of them
void createSandbox({ image: Image.base("a"), snapshot: "a", ttlMinutes: 1 });
// @ts-expect-error a name that may be undefined
void createSandbox({ snapshot: name, ttlMinutes: 1 });
// @ts-expect-error an image of the SDK's own class
void createSandbox({ image: SdkImage.base("a"), ttlMinutes: 1 });
// @ts-expect-error a lock names its region
void createSandbox({ lock, region: "eu", ttlMinutes: 1 });
// @ts-expect-error a snapshot has its own machine
void createSandbox({ snapshot: "a", resources: { cpu: 1 }, ttlMinutes: 1 });
// @ts-expect-error only a lock has several images
void createSandbox({ image: Image.base("a"), imageName: "agent", ttlMinutes: 1 });
// @ts-expect-error the text of a lock
void createSandbox({ lock: "{}", ttlMinutes: 1 });
// @ts-expect-error without an end
void createSandbox({ lock });
// @ts-expect-error a typo in an option
void createSandbox({ lock, ttlMinutes: 1, envVar: {} });

// A snapshot is made of an image, a lock, or an image of a registry.
const { ensureSnapshot, verifySnapshot } = pithyDaytona({ daytona, Image: SdkImage });
void ensureSnapshot(Image.base("a"));
void ensureSnapshot(Bound.base("a"), { resources: { cpu: 1 } });
void ensureSnapshot(lock);
void ensureSnapshot("debian:12");
void verifySnapshot("a", lock);
// @ts-expect-error nothing
void ensureSnapshot({});
// @ts-expect-error the class
void ensureSnapshot(Image);
// @ts-expect-error an image of the SDK's own class
void ensureSnapshot(SdkImage.base("a"));
// @ts-expect-error a definition
void ensureSnapshot(Image.base("a").toJSON());
// @ts-expect-error an image of the SDK's own class
void verifySnapshot("a", SdkImage.base("a"));
// @ts-expect-error a string cannot be compared with
void verifySnapshot("a", "debian:12");

// A series that is computed is checked when the call is made.
Image.debianSlim((process.env.PYTHON ?? "3.12") as PythonSeries);
const series: PythonSeries = "3.14";
Image.debianSlim(series);
// @ts-expect-error any string
Image.debianSlim(process.env.PYTHON ?? "3.12");
// @ts-expect-error an unknown series
buildPithyJauntImage({ python: "3.7" });
// @ts-expect-error an image of the SDK's own class
Image.from(SdkImage.base("a"));
// @ts-expect-error an image of the SDK's own class
Image.base("a").stage("b", SdkImage.base("a"));
// @ts-expect-error an image instead of the name of a stage
Image.base("a").copyFrom(Image.base("b"), "/a", "/b");
// @ts-expect-error an image of the SDK's own class
void Image.base("a").plan(SdkImage.base("a"));

// Images are made by the static functions alone.
// @ts-expect-error no constructor
new Image();
// @ts-expect-error no constructor
new Bound();

// What would be refused when it runs is refused here, where types can say it.
// @ts-expect-error an unknown series
Image.debianSlim("3.8");
// @ts-expect-error a number
Image.debianSlim(3.12);
// @ts-expect-error several packages go into one list
Image.base("a").pipInstall("numpy", "pandas");
// @ts-expect-error a typo in an option
Image.base("a").addLocalDir("a", "/b", { excludes: [] });
// @ts-expect-error a mode as text
Image.base("a").addFile("/a", "a", { mode: "755" });
// @ts-expect-error a string where a list is meant
Image.base("a").entrypoint("sleep infinity");
// @ts-expect-error a variable that may be undefined
Image.base("a").env({ HOME: process.env.HOME });
// @ts-expect-error the fields of what is resolved stay as they are
Image.base("a").resolveSync().dockerfile = "";
// @ts-expect-error a stage is an image, not the name of one
Image.base("a").stage("b", "node:22");
// @ts-expect-error a repository has a suite
Image.base("a").aptRepository({ name: "a", keyUrl: "https://a", uri: "https://a" });
// @ts-expect-error an option of a call that begins with a Dockerfile
Image.fromDockerfile("a", { contextDir: "." });

// The SDK's arguments are fine, and ours.
Image.fromDockerfile(new URL("Dockerfile", "file:///a/"), {
  strictContext: true,
  context: ".",
  target: "a",
  buildArgs: {},
});
Image.base("a").dockerfileCommands(["RUN a"]).dockerfileCommands(["COPY a /a"], "dir", { strictContext: false });

// Lists that cannot be changed are fine.
const packages = ["a", "b"] as const;
Image.base("a").aptInstall(packages).pipInstall(packages).runCommands(packages).cmd(packages).entrypoint(packages);

// `Image` is a type as well, and the data have types.
const typed: Image = Image.base("a").env({ A: "1" });
const definition: Definition = typed.toJSON();
const steps: Step[] = definition.steps;
const digest = (resolved: ResolvedImage): string => resolved.imageDigest;
const place = (problem: Problem): string | undefined => problem.callSite;

export const all: unknown[] = [
  bound,
  chained,
  built,
  listed,
  taken,
  read,
  prepared,
  plain,
  snapshot,
  unbound,
  typed,
  steps,
  digest,
  place,
];
