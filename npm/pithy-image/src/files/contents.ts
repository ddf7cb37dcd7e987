/** What is kept of files, so that nothing is read of them again. */

import { once } from "../shared/once.ts";
import type { FileHandle, FileLike, Leaf } from "./local-file.ts";

/** Bytes that are kept of one list of files: what does not fit is read again. */
const MOST = 256 * 1024 * 1024;

/** Contents of files, as long as there is room for them. */
export class Contents {
  #left: number = MOST;

  /** The same file or link, whose content is read once. */
  keep(leaf: Leaf): Leaf {
    if ("getFile" in leaf) return this.#handle(leaf);
    return "slice" in leaf ? this.#file(leaf) : leaf;
  }

  #handle(handle: FileHandle): FileHandle {
    const file = once(async () => this.#file(await handle.getFile()));
    return { kind: "file", name: handle.name, getFile: file };
  }

  #file(file: FileLike): FileLike {
    const { name, size } = file;
    const content = once(() => file.arrayBuffer?.() ?? file.slice(0, size).arrayBuffer());
    if (size > this.#left) return file;
    this.#left -= size;
    return {
      name,
      size,
      arrayBuffer: content,
      slice: (start, end) => ({ arrayBuffer: async () => (await content()).slice(start, end) }),
    };
  }
}
