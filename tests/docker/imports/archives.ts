/** Archives of all kinds. */
import { Header } from "tar";

/** A tar with entries of every kind that images have, with owners, modes and times of their own. */
export const TAR = archive([
  [{ path: "packed/", type: "Directory", mode: 0o750, uid: 1000, gid: 50 }],
  [{ path: "packed/f", type: "File", mode: 0o640, uid: 1000, gid: 1000 }, "packed\n"],
  [{ path: "packed/run", type: "File", mode: 0o4755, uid: 0, gid: 0 }, "#!/bin/sh\nrecord packed\n"],
  [{ path: "packed/link", type: "SymbolicLink", linkpath: "f", mode: 0o777, uid: 7, gid: 8 }],
]);
export const XZ = Buffer.from(
  "/Td6WFoAAAFpIt42AgAhARwAAAAQz1jM4Cf/AHBdADSbis02A4Fl7HSOMMbLwG2Hy5+0csg4n1UPpLaDhc30WcwzIyGoyBZu3x5bOtfxRVcftnHJ5GGI" +
    "ju4Kr1x3hlfhEopdSl+13D2kUybgA357VkJMZbrN1UYJKxXLaO2evBUzWraMJbpu1SsTyoomVAAALayMVAABiAGAUAAAU/MzjT4wDYsCAAAAAAFZWg==",
  "base64",
);
export const BZIP2 = Buffer.from(
  "QlpoOTFBWSZTWcUUS10AAHx7kMmQAEhAAX2AAQBuKd5ABAAACCAAdBpI00GjTQ8o0DTagkpGjQ0GgANAifMe2VCB0yQkQbBhfF9LkCGC1kDaDUIzbFgJ" +
    "GkeUEdswenKHUe58+WbiYXBD+o4LjRdTIiA/F3JFOFCQxRRLXQ==",
  "base64",
);

/** A tar of these entries. */
function archive(entries: readonly (readonly [ConstructorParameters<typeof Header>[0] & object, string?])[]): Buffer {
  const blocks = entries.flatMap(([header, content = ""]) => {
    const block = Buffer.alloc(512);
    new Header({ ...header, size: content.length, mtime: new Date(1e12) } as object).encode(block);
    return [block, Buffer.alloc(Math.ceil(content.length / 512) * 512, 0).fill(content, 0, content.length)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
