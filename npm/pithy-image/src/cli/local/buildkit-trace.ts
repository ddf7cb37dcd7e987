/** What BuildKit reports through Docker's API: `StatusResponse` of its control API, a protobuf. */
import { PbfReader } from "pbf";
import { type BuildEvent, Lines } from "./build-event.ts";

/** A `Vertex`, which is sent again at each change. */
interface Vertex {
  digest: string;
  name: string;
  isCached: boolean;
  isStarted: boolean;
  isCompleted: boolean;
  error: string;
}

/** Makes events of the messages of a build. */
export class BuildkitTrace {
  readonly #begun = new Set<string>();
  readonly #ended = new Set<string>();
  readonly #lines = new Map<string, Lines>();

  /** The events of the next message, in base64. */
  take(message: string): BuildEvent[] {
    const events: BuildEvent[] = [];
    new PbfReader(Buffer.from(message, "base64")).readFields((field, _, status) => {
      if (field === 1) events.push(...this.#vertex(status));
      if (field === 2) events.push(...progress(status));
      if (field === 3) events.push(...this.#log(status));
    }, undefined);
    return events;
  }

  #vertex(status: PbfReader): BuildEvent[] {
    const { digest: step, name, error, ...vertex } = vertexIn(status);
    const events: BuildEvent[] = [];
    if (vertex.isStarted && !this.#begun.has(step)) {
      this.#begun.add(step);
      events.push({ kind: "begin", step, line: `#${this.#begun.size} ${name}` });
    }
    if (vertex.isCompleted && this.#begun.has(step) && !this.#ended.has(step)) {
      this.#ended.add(step);
      const text = this.#lines.get(step)?.take() ?? [];
      events.push(...text.map((line): BuildEvent => ({ kind: "output", step, text: line })));
      if (error) events.push({ kind: "error", step, text: error });
      else events.push({ kind: vertex.isCached ? "cached" : "done", step });
    }
    return events;
  }

  /** A `VertexLog`. */
  #log(status: PbfReader): BuildEvent[] {
    let [step, bytes] = ["", new Uint8Array()];
    status.readMessage((field, _, log) => {
      if (field === 1) step = log.readString();
      if (field === 4) bytes = new Uint8Array(log.readBytes());
    }, undefined);
    const lines = this.#lines.get(step) ?? new Lines();
    this.#lines.set(step, lines);
    return lines.take(bytes).map((text) => ({ kind: "output", step, text }));
  }
}

function vertexIn(status: PbfReader): Vertex {
  const vertex = { digest: "", name: "", isCached: false, isStarted: false, isCompleted: false, error: "" };
  status.readMessage((field, _, message) => {
    if (field === 1) vertex.digest = message.readString();
    if (field === 3) vertex.name = message.readString();
    if (field === 4) vertex.isCached = message.readBoolean();
    if (field === 5) vertex.isStarted = message.readBytes().length > 0;
    if (field === 6) vertex.isCompleted = message.readBytes().length > 0;
    if (field === 7) vertex.error = message.readString();
  }, undefined);
  return vertex;
}

/** A `VertexStatus`: of a download, for instance. */
function progress(status: PbfReader): BuildEvent[] {
  let [step, id, current, total] = ["", "", 0, 0];
  status.readMessage((field, _, message) => {
    if (field === 1) id = message.readString();
    if (field === 2) step = message.readString();
    if (field === 4) current = message.readVarint(true);
    if (field === 5) total = message.readVarint(true);
  }, undefined);
  return total > 0
    ? [{ kind: "progress", step, text: `${id.slice(0, 40)} ${Math.floor((100 * current) / total)} %` }]
    : [];
}
