/** The golden vectors as data. `README.md` beside this file says what they are. */
import type { Definition } from "pithy-image";

/** A definition, the files it is resolved against, and what comes out. */
export interface Vector {
  name: string;
  definition?: Definition;
  definitionText?: string;
  files?: Record<string, Written>;
  expect: Expected | { problems: { code: string; path: string }[] };
}

/** What there is at a path. */
export interface Written {
  text?: string;
  base64?: string;
  executable?: boolean;
  directory?: boolean;
  link?: string;
}

/** The names of an image, and what is sent for it. */
export interface Expected {
  dockerfile: string;
  imageDigest: string;
  snapshotRef: string;
  contexts: { archivePath: string; sourceDigest: string; hash: string; sha256: string; mode: string }[];
}
