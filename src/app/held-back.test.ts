import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fixFiles } from "./fix.ts";
import { fixRequest } from "./test-kit.ts";

const { signal } = new AbortController();
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "held-back-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = 'FROM alpine:3.20\nRUN adduser -D -u 900 app\nCOPY run.sh /\nENTRYPOINT ["/run.sh"]\n';

/** Whether a fix without proof writes a file that starts such a script. */
async function isWritten(script: string, text = file): Promise<boolean> {
  const path = join(folder, "Containerfile");
  writeFileSync(path, text);
  writeFileSync(join(folder, "run.sh"), `#!/bin/sh\nset -e\n${script}\nexec "$@"\n`);
  await fixFiles(fixRequest([path]), { signal }, async () => {
    throw new Error("an engine is asked");
  });
  return readFileSync(path, "utf8").includes("\nUSER 900\n");
}

describe("a candidate is held back", () => {
  test.each(['exec su-exec app "$@"', "chown -R daemon /data", "chown -R app:daemon /data"])(
    "where its start is known to stop: %s",
    async (script) => {
      expect(await isWritten(script)).toBe(false);
    },
  );

  test("and not where that depends on the volumes or the node", async () => {
    expect(await isWritten("chown -R app:app /data")).toBe(true);
    expect(await isWritten("", `${file}EXPOSE 80\n`)).toBe(true);
  });
});
