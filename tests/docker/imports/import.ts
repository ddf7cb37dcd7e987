/** A Dockerfile that is imported, and what the tables of them share. */
import type { Image } from "pithy-image";
import type { Local, Locals } from "../file-tree.ts";

/**
 * Who builds it: a builder of the machine's engine; BuildKit of the newer one; or that with the frontend that
 * `PITHY_IMAGE_FRONTEND` names, for what the newer one does not know yet.
 */
export const WHERE = ["legacy", "buildkit", "newer", "frontend"] as const;
export type Where = (typeof WHERE)[number];

/** A Dockerfile, and how it is imported. */
export interface Import {
  readonly promise: string;
  readonly dockerfile: string;
  /** Where it is below the root; `Dockerfile` if not given. */
  readonly at?: string;
  /** The files beside it, below the root; `TREE` if not given. */
  readonly files?: Locals;
  readonly options?: {
    readonly context?: string;
    readonly target?: string;
    readonly buildArgs?: Readonly<Record<string, string>>;
  };
  /** Calls after the import. */
  readonly calls?: (image: Image) => Image;
  /** The Dockerfile that says the same as the import with its calls. */
  readonly byHand?: string;
  /** The oldest version of the newer engine that knows what is in it. */
  readonly since?: number;
  /** Who builds it; `BOTH` if not given. */
  readonly on?: readonly Where[];
}

/** Where a case is built that does not say it. */
export const BOTH: readonly Where[] = ["legacy", "buildkit"];
/** For what the legacy builder does not know, or does otherwise. */
export const BUILDKIT = ["buildkit", "newer"] as const;
/** For what only this one knows, and for what it does as all others do. */
export const NEWER = ["newer"] as const;
export const LEGACY = ["legacy"] as const;

export const SCRIPT: Local = { text: "#!/bin/sh\nrecord ran\n", mode: 0o755 };

/** A context with something of everything. */
export const TREE: Locals = {
  "a.txt": "a\n",
  "b.txt": "b\n",
  "c.md": "c\n",
  ".hidden.txt": "h\n",
  "run.sh": SCRIPT,
  "app/main.py": "print()\n",
  "app/bin/tool": SCRIPT,
  "app/lib/x/deep.txt": "x\n",
  "app/lib/y/deep.txt": "y\n",
  "app/lib/top.txt": "t\n",
  "app/empty": { directory: true },
  "app/.rc": "rc\n",
  "app/link": { link: "main.py" },
  "app/up": { link: "../a.txt" },
  "app/dangling": { link: "no/where" },
  "app/absolute": { link: "/etc/passwd" },
  "app/libs": { link: "lib" },
};
