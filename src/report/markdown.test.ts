import { expect, test } from "vitest";
import { reportOf } from "../results/run-report.ts";
import { renderMarkdown } from "./markdown.ts";
import {
  brokenTarget,
  cleanTarget,
  fixReport,
  hostile,
  mixedReport,
  provenImage,
  symbolicFinding,
  symbolicTarget,
} from "./report-samples.ts";

test("a table, then what there is to say", () => {
  expect(renderMarkdown(mixedReport)).toBe(`# image-fix audit

| target | outcome | findings |
| --- | --- | --- |
| \`./Containerfile\` | refused: the user is a name | 1 finding |
| \`./clean/Containerfile\` | runs as non\\-root \\(uid 1000\\) | no findings |
| \`./broken/Containerfile\` | not judged | no findings |

## \`./Containerfile\`

- **error** (line 3, \`symbolic-user\`): USER names app, and the kubelet checks numbers only
  Fix: Write the number: USER 1000

## \`./broken/Containerfile\`

**SYNTAX** \`./broken/Containerfile:2:1\`: unknown instruction RUNN

did you mean RUN?
`);
});

test("a fix with diff and proof", () => {
  const text = renderMarkdown(fixReport);
  expect(text).toContain("| `./Containerfile` | fixed and proven | no findings |");
  expect(text).toContain("Changed:\n- USER app becomes USER 1000, the same account");
  expect(text).toContain(
    "```diff\n--- ./Containerfile\n+++ ./Containerfile\n@@ -1,3 +1,3 @@\n FROM alpine:3.20\n RUN adduser \\-D app\n".replace(
      "\\-",
      "-",
    ),
  );
  expect(text).toContain(
    "Proven with podman 4.3.1 \\(buildah\\) by `id` in the image: `uid=1000(app) gid=1000(app) groups=1000(app)`, 8.1 MB before, 8.1 MB now.",
  );
});

test("an image", () => {
  expect(renderMarkdown(reportOf("verify", [provenImage]))).toContain("## `localhost/app:1`\n\nProven with podman");
});

test("a clean file has no section", () => {
  expect(renderMarkdown(reportOf("audit", [cleanTarget]))).not.toContain("##");
});

test("a build's log is fenced by more backticks than it has", () => {
  const log = "one\n```\n@user <b>\n";
  const target = {
    ...brokenTarget,
    error: { code: "BUILD_FAILED", engine: "podman", exitCode: 1, log } as const,
  };
  expect(renderMarkdown(reportOf("fix", [target]))).toContain("````text\none\n```\n@user <b>\n````");
});

test("text from a file is taken at its word", () => {
  const text = renderMarkdown(
    reportOf("audit", [{ ...symbolicTarget, target: hostile, findings: [{ ...symbolicFinding, message: hostile }] }]),
  );
  expect(text).toContain("| ``a\\x1b[31m%0A::error::b]]><script>\\|`x`\\u202e @everyone\\x0d next`` |");
  expect(text).toContain(
    "a\\\\x1b\\[31m%0A::error::b\\]\\]&gt;&lt;script&gt;\\|\\`x\\`\\\\u202e &#64;&#8203;everyone\\\\x0d next",
  );
  expect(text.split("\n").filter((line) => line.startsWith("next"))).toEqual([]);
});

test.each([
  ["see https://evil.example/x or HTTP://e", "see https:&#47;&#47;evil.example/x or HTTP:&#47;&#47;e"],
  ["www.evil.example", "www&#46;evil.example"],
  ["docker://host/app is no address that is linked", "docker://host/app is no address that is linked"],
  ["@team/all (@x)", "&#64;&#8203;team/all \\(&#64;&#8203;x\\)"],
  ["app@sha256:ab, a@b.example", "app&#64;sha256:ab, a&#64;b.example"],
  ["as in #1, not build#1 or #x", "as in \\#&#8203;1, not build\\#1 or \\#x"],
])("%j links to nothing and mentions nobody", (message, expected) => {
  const text = renderMarkdown(reportOf("audit", [{ ...symbolicTarget, findings: [{ ...symbolicFinding, message }] }]));
  expect(text).toContain(`: ${expected}\n`);
});
