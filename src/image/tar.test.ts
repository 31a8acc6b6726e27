import { describe, expect, test } from "vitest";
import { concatBytes, readTar, tarEnd, tarHeader, tarOfFiles, tarPadding } from "./tar.ts";

const text = (content: Uint8Array | undefined): string => new TextDecoder().decode(content);

describe("tarOfFiles", () => {
  test("adds the folders above, and makes everything executable and root's", () => {
    const archive = tarOfFiles(new Map([["/.probe/bin/probe", new Uint8Array([1, 2, 3])]]));
    expect(archive.length % 512).toBe(0);
    expect(readTar(archive)).toEqual([
      {
        path: ".probe/",
        type: "directory",
        mode: 0o755,
        uid: 0,
        gid: 0,
        size: 0,
        linkTarget: "",
        content: new Uint8Array(),
      },
      {
        path: ".probe/bin/",
        type: "directory",
        mode: 0o755,
        uid: 0,
        gid: 0,
        size: 0,
        linkTarget: "",
        content: new Uint8Array(),
      },
      {
        path: ".probe/bin/probe",
        type: "file",
        mode: 0o755,
        uid: 0,
        gid: 0,
        size: 3,
        linkTarget: "",
        content: new Uint8Array([1, 2, 3]),
      },
    ]);
  });
});

describe("tarHeader", () => {
  test("has a checksum over the header with blanks in its place", () => {
    const header = tarHeader({ path: "a", type: "file", mode: 0o644, size: 0 });
    const stored = Number.parseInt(text(header.subarray(148, 154)), 8);
    const blanked = header.slice();
    blanked.fill(32, 148, 156);
    expect(blanked.reduce((sum, byte) => sum + byte, 0)).toBe(stored);
    expect([header[154], header[155]]).toEqual([0, 32]);
  });

  test("keeps long and non-ASCII names and link targets in PAX records", () => {
    const path = `${"ordner/".repeat(20)}grün`;
    const archive = concatBytes([
      tarHeader({ path, type: "symlink", mode: 0o777, size: 0, linkTarget: "x".repeat(150) }),
      tarHeader({ path: "b", type: "file", mode: 0o600, size: 1 }),
      new Uint8Array([65]),
      tarPadding(1),
      tarEnd(),
    ]);
    const [link, file] = readTar(archive);
    expect(link).toMatchObject({ path, type: "symlink", linkTarget: "x".repeat(150) });
    expect(file).toMatchObject({ path: "b", mode: 0o600, size: 1 });
    expect(text(file?.content)).toBe("A");
  });

  test.each([98, 99, 100, 988, 989, 990, 991])("counts its own digits in a record of %i letters", (length) => {
    const path = `${"d/".repeat(60)}${"x".repeat(length)}`;
    expect(readTar(concatBytes([tarHeader({ path, type: "file", mode: 0o644, size: 0 }), tarEnd()]))[0]?.path).toBe(
      path,
    );
  });
});

describe("readTar", () => {
  test.each([new Uint8Array(), new Uint8Array(100).fill(255), new Uint8Array(1536).fill(255)])(
    "never throws",
    (bytes) => {
      expect(readTar(bytes)).toEqual([]);
    },
  );

  test("gives no more than there is of an archive that was cut off", () => {
    const archive = tarOfFiles(new Map([["a", new Uint8Array(2000)]]));
    expect(readTar(archive.subarray(0, 1024))[0]?.content.length).toBe(512);
  });
});
