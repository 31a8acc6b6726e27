import { describe, expect, test } from "vitest";
import { reportOf, type TargetResult } from "../results/run-report.ts";
import type { Failure } from "../core/errors.ts";
import {
  brokenTarget,
  cleanTarget,
  fixOfSymbolic,
  fixReport,
  fixedTarget,
  hostile,
  mixedReport,
  portFinding,
  proof,
  provenImage,
  rootImage,
  smokeOk,
  symbolicFinding,
  symbolicTarget,
} from "./report-samples.ts";
import { renderFailure } from "./text-failure.ts";
import { renderSummary } from "./text-summary.ts";
import { textWidth } from "./text-width.ts";
import type { TextOptions } from "./text-options.ts";
import { renderTargets } from "./text.ts";

const options: TextOptions = {
  colour: false,
  columns: 80,
  verbose: false,
  quiet: false,
  diff: true,
  fails: ({ severity }) => severity === "error",
};
const audit = (...targets: readonly TargetResult[]): string => renderTargets(reportOf("audit", targets), options);
const fix = (target: TargetResult): string => renderTargets(reportOf("fix", [target]), options);

/** A target whose fix was not written. */
const unwritten = (more: Partial<TargetResult>): TargetResult => ({
  ...symbolicTarget,
  fix: { ...fixOfSymbolic, written: false },
  ...more,
});

describe("an audited file", () => {
  test("place, severity, message, rule, source, fix, outcome", () => {
    expect(audit(symbolicTarget)).toBe(`./Containerfile:3:6: error: USER names app, and the kubelet checks numbers only
  [symbolic-user, stage final]
    2 | RUN adduser -D app
  > 3 | USER app
      |      ^^^
  Fix: Write the number: USER 1000

./Containerfile: refused: the user is a name; 1 error
Try: image-fix ./Containerfile
`);
  });

  test("a clean file is one line", () => {
    expect(audit(cleanTarget)).toBe("./clean/Containerfile: runs as non-root (uid 1000)\n");
  });

  test("among several files a clean one is not mentioned; a summary counts it", () => {
    expect(renderTargets(mixedReport, options)).not.toContain("clean");
    expect(renderSummary(mixedReport, options)).toBe(
      "3 files: 1 non-root, 1 with a name as user, 1 failed; 1 finding\n",
    );
    expect(renderSummary(reportOf("audit", [cleanTarget]), options)).toBe("");
  });

  test("what could not be known is called so; a stage without a name is not named", () => {
    expect(audit({ ...cleanTarget, findings: [portFinding] })).toContain(
      "./clean/Containerfile:1:1: warning (could not be known): Port 80 may be refused\n  [privileged-port]\n",
    );
  });

  test("a verdict that no finding explains is explained by the kubelet's message", () => {
    expect(audit({ ...symbolicTarget, findings: [] })).toContain(
      "Kubernetes says: container has runAsNonRoot and image has non-numeric user\n  (app), cannot verify user is non-root\n",
    );
  });

  test("ignored findings are counted, and shown with --verbose", () => {
    const target = {
      ...cleanTarget,
      ignored: [{ finding: portFinding, reason: "behind a proxy" }],
    };
    expect(audit(target)).toBe("./clean/Containerfile: runs as non-root (uid 1000); 1 ignored in the file\n");
    expect(renderTargets(reportOf("audit", [target]), { ...options, verbose: true })).toContain(
      "Ignored in the file: privileged-port, because: behind a proxy\n",
    );
  });

  test("comments of other tools are shown", () => {
    expect(audit({ ...cleanTarget, hints: [{ line: 2, text: "# hadolint ignore=DL3002" }] })).toContain(
      'Note: line 2 holds "# hadolint ignore=DL3002"; image-fix reads such a comment\n  and does not obey it.\n',
    );
  });

  test("an unknown verdict that a finding explains is not explained a second time, unless asked", () => {
    const target: TargetResult = {
      ...symbolicTarget,
      verdict: "unknown",
      findings: [{ ...symbolicFinding, rule: "unresolved-user", outcome: "open" }],
      evidence: ["base x:1: user and family unknown: why"],
    };
    expect(audit(target)).not.toContain("Known:");
    expect(renderTargets(reportOf("audit", [target]), { ...options, verbose: true })).toContain("Known: base x:1");
  });

  test("an unknown verdict that no finding explains says what is known of the base", () => {
    expect(
      audit({
        ...cleanTarget,
        verdict: "unknown",
        uid: null,
        evidence: ["base x:1: user unknown"],
      }),
    ).toBe("Known: base x:1: user unknown\n\n./clean/Containerfile: unknown whether it runs as root\n");
  });

  test("a file that failed is left to standard error", () => {
    expect(audit(brokenTarget)).toBe("");
  });

  test("a name that a shell would split is quoted in the command to try", () => {
    expect(audit({ ...symbolicTarget, target: "-x" })).toContain("Try: image-fix ./-x");
    expect(audit({ ...symbolicTarget, target: "./it's $x" })).toContain(String.raw`Try: image-fix './it'\''s $x'`);
    for (const pipe of ["-", "/dev/fd/63", "/proc/self/fd/11"])
      expect(audit({ ...symbolicTarget, target: pipe })).not.toContain("Try:");
  });
});

test("the command to try looks at the same as this one did", () => {
  const same = ["--target", "web", "--build-arg", "A=b c"];
  const shown = renderTargets(reportOf("audit", [symbolicTarget]), { ...options, same });
  expect(shown).toContain(`Try: image-fix --target web --build-arg 'A=b c' ${symbolicTarget.target}`);
});

describe("a fixed file", () => {
  test("finding, what changed, diff, proof, outcome", () => {
    expect(fix(fixedTarget)).toBe(`./Containerfile:3:6: error: USER names app, and the kubelet checks numbers only
  [symbolic-user, stage final]
    2 | RUN adduser -D app
  > 3 | USER app
      |      ^^^
  Fix: Write the number: USER 1000

Changed:
  - USER app becomes USER 1000, the same account

--- ./Containerfile
+++ ./Containerfile
@@ -1,3 +1,3 @@
 FROM alpine:3.20
 RUN adduser -D app
-USER app
+USER 1000

Proven in the rebuilt image, under the restricted profile:
  uid=1000(app) gid=1000(app) groups=1000(app)
  engine:          podman 4.3.1 (buildah)
  found by:        id, run in the image
  capabilities:    none
  new privileges:  not allowed
  writable:        /home/app
  size:            8.1 MB before, 8.1 MB after (3.1 kB more)

./Containerfile: fixed and proven
`);
  });

  test("what is left is shown once, at its place in the new text", () => {
    const left = { ...portFinding, needsPerson: true };
    const text = fix({
      ...fixedTarget,
      findings: [symbolicFinding, left],
      fix: {
        ...fixOfSymbolic,
        text: `# new\n${fixOfSymbolic.text}`,
        remaining: [{ ...left, span: { start: 6, end: 10 } }],
      },
    });
    expect(text.match(/privileged-port/g)).toHaveLength(1);
    expect(text).toContain("Left after the fix (places are those of the new text):\n\n./Containerfile:2:1: warning");
    expect(text).toContain("./Containerfile: fixed and proven; 1 warning left, for a person to decide\n");
  });

  test("what is left and needs nobody is not a person's", () => {
    const remaining = [portFinding, { ...portFinding, rule: "other" }];
    const [alone, mixed] = [remaining, [{ ...portFinding, needsPerson: true }, ...remaining]].map((left) =>
      fix({ ...fixedTarget, fix: { ...fixOfSymbolic, remaining: left } }).replace(/\s+/g, " "),
    );
    expect(alone).toMatch(/; 2 warnings left $/);
    expect(mixed).toMatch(/; 3 warnings left, 1 of them for a person to decide $/);
  });

  test("a fix that is held back says why", () => {
    expect(
      fix(
        unwritten({
          fix: {
            ...fixOfSymbolic,
            written: false,
            heldBack: "the entrypoint drops privileges with gosu",
          },
        }),
      ),
    ).toContain(
      "./Containerfile: not written, a person must decide first: the entrypoint drops\n  privileges with gosu\n",
    );
  });

  test("what was not run is called predicted", () => {
    const text = fix(unwritten({ error: { code: "ENGINE_UNAVAILABLE", engine: "auto", message: "m", hint: "h" } }));
    expect(text).toContain("Would change:\n");
    expect(text).toContain(
      "Predicted, not run:\n  uid=1000(app) gid=1000(app) groups=1000(app)\n\n./Containerfile: not written\n",
    );
    expect(text).not.toContain("Proven");
  });

  test("a fix that nobody asked to write", () => {
    expect(fix(unwritten({}))).toContain("./Containerfile: would change, nothing written\n");
  });

  test("a fix written without proof says so", () => {
    expect(fix({ ...fixedTarget, proof: null })).toContain("./Containerfile: fixed, not proven\n");
  });

  test("the diff is left out where it is the product", () => {
    expect(renderTargets(fixReport, { ...options, diff: false })).not.toContain("@@");
  });

  test("nothing to do", () => {
    expect(fix(cleanTarget)).toBe("./clean/Containerfile: nothing to change, runs as non-root (uid 1000)\n");
    expect(fix({ ...cleanTarget, verdict: "not-applicable", uid: null })).toBe(
      "./clean/Containerfile: not changed; not applicable (Windows image)\n",
    );
  });

  test("both groups are given where they differ, and what is not writable", () => {
    const text = fix({
      ...fixedTarget,
      proof: {
        ...proof,
        kubernetesGid: 0,
        writable: { "/app": true, "/data": false },
        method: "probe",
        capEff: "0000000000000400",
      },
    });
    expect(text).toContain("  in Kubernetes:   gid 0, where the engine gives 1000\n");
    expect(text).toContain("  writable:        /app\n  not writable:    /data\n");
    expect(text).toContain("  found by:        a static probe put into the container, as the image has no id\n");
    expect(text).toContain("  capabilities:    CapEff 0000000000000400\n");
  });

  test("several files end in a summary", () => {
    const targets = [fixedTarget, { ...fixedTarget, proof: null }, unwritten({}), cleanTarget, brokenTarget];
    expect(renderSummary(reportOf("fix", targets), options)).toBe(
      "5 files: 1 fixed and proven, 1 fixed without proof, 1 with a fix that was not\n  written, 1 unchanged, 1 failed; no findings left\n",
    );
  });
});

describe("an image", () => {
  test("has what is known of it below its name, not below the one in front", () => {
    const one = { ...provenImage, platform: "linux/amd64", evidence: ["group: 0", "home: / (not writable)"] };
    expect(renderTargets(reportOf("audit", [one, { ...one, target: "localhost/other:1" }]), options)).toBe(
      ["localhost/app:1", "localhost/other:1"]
        .map((name) => `${name} (linux/amd64): runs as non-root (uid 1000)\n  group: 0\n  home: / (not writable)\n`)
        .join("\n"),
    );
  });

  test("is one line", () => {
    expect(renderTargets(reportOf("verify", [provenImage, rootImage]), options)).toBe(
      "localhost/app:1: uid=1000(app) gid=1000(app) groups=1000(app); by id in the image, podman 4.3.1 (buildah)\n" +
        "localhost/root:1: refused: runs as root: container has runAsNonRoot and image will run as root\n",
    );
    expect(renderSummary(reportOf("verify", [provenImage, rootImage]), options)).toBe("2 images: 1 non-root, 1 root\n");
  });

  test("says when a probe found it out", () => {
    expect(
      renderTargets(reportOf("verify", [{ ...provenImage, proof: { ...proof, method: "probe" } }]), options),
    ).toMatch(/; by a probe, as the image has no id, podman 4\.3\.1 \(buildah\)\n$/);
  });

  test("says what differs elsewhere, and how its command fared", () => {
    const run = {
      ...proof,
      runAsUser: 1_000_650_000,
      readOnly: true as const,
      emptyDirs: ["/tmp", "/run"],
      gid: 1000,
      kubernetesGid: 0,
      writable: { "/app": false, "/tmp": true },
    };
    expect(renderTargets(reportOf("verify", [{ ...provenImage, proof: run, smoke: smokeOk }]), options)).toContain(
      "; runAsUser 1000650000; read-only root; emptyDir at /tmp /run; gid 0 in Kubernetes; cannot write /app; its command ran for 5 s; by id",
    );
  });

  test("that is not proven is one line too, with what was seen", () => {
    const error: Failure = { code: "PROOF_FAILED", message: "another uid", expected: "uid=65532", actual: "uid=1000" };
    expect(renderTargets(reportOf("verify", [{ ...provenImage, error }]), options)).toBe(
      "localhost/app:1: not proven; uid=1000(app) gid=1000(app) groups=1000(app)\n",
    );
    expect(renderTargets(reportOf("verify", [{ ...provenImage, proof: null, error }]), options)).toBe(
      "localhost/app:1: not proven\n",
    );
  });

  test("is a whole proof with --verbose", () => {
    const text = renderTargets(reportOf("verify", [provenImage]), { ...options, verbose: true });
    expect(text).toContain("Proven in the image, under the restricted profile:\n");
    expect(text).toContain("  seccomp:         filter\n");
    expect(text).toContain(`  image:           sha256:${"ab".repeat(32)}\n`);
  });
});

describe("--quiet", () => {
  test("only what fails the run, a line each", () => {
    const quiet = { ...options, quiet: true };
    const report = reportOf("audit", [{ ...symbolicTarget, findings: [symbolicFinding, portFinding] }, cleanTarget]);
    expect(renderTargets(report, quiet)).toBe(
      "./Containerfile:3:6: error: USER names app, and the kubelet checks numbers only [symbolic-user]\n",
    );
    expect(renderSummary(report, quiet)).toBe("");
    expect(renderTargets(reportOf("verify", [provenImage, rootImage]), quiet)).toBe(
      "localhost/root:1: error: container has runAsNonRoot and image will run as root [root-user]\n",
    );
  });
});

test("--quiet says which platform of an image a line is about, where there are several", () => {
  const [one, other] = ["linux/amd64", "linux/arm64"].map((platform) => ({ ...rootImage, platform }));
  if (one === undefined || other === undefined) throw new Error("no images");
  const told = (...targets: (typeof one)[]) => renderTargets(reportOf("audit", targets), { ...options, quiet: true });
  expect(told(one, other)).toMatch(
    /^localhost\/root:1 \(linux\/amd64\): .*\nlocalhost\/root:1 \(linux\/arm64\): .*\n$/,
  );
  expect(told(one)).toMatch(/^localhost\/root:1: error: /);
});

describe("colour", () => {
  test("says nothing that the words do not", () => {
    for (const report of [mixedReport, fixReport, reportOf("verify", [provenImage, rootImage])]) {
      const coloured = renderTargets(report, { ...options, colour: true });
      // oxlint-disable-next-line no-control-regex -- colours
      expect(coloured).toMatch(/\u001b\[31m|\u001b\[32m/);
      // oxlint-disable-next-line no-control-regex -- colours
      expect(coloured.replace(/\u001b\[\d+m/g, "")).toBe(renderTargets(report, options));
    }
  });
});

test("nothing from a file reaches the terminal as a control", () => {
  const finding = {
    ...symbolicFinding,
    message: `${hostile} ${"word ".repeat(40)}`,
    stage: hostile,
    fix: { title: `see ${hostile}`, applicability: "manual" } as const,
  };
  const target: TargetResult = {
    ...fixedTarget,
    target: "./Containerfile",
    findings: [finding],
    text: `FROM ${hostile}\nUSER ${hostile}\n`,
    hints: [{ line: 1, text: hostile }],
    evidence: [hostile],
    ignored: [{ finding, reason: hostile }],
    fix: {
      ...fixOfSymbolic,
      diff: "",
      steps: [hostile],
      remaining: [finding],
      predictedId: hostile,
    },
    proof: { ...proof, id: hostile, engineDescription: hostile, writable: { [hostile]: true } },
  };
  for (const report of [reportOf("audit", [target]), reportOf("fix", [target]), reportOf("verify", [target])]) {
    const text = renderTargets(report, { ...options, verbose: true, diff: false });
    // oxlint-disable-next-line no-control-regex -- what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  }
});

test("words keep to the width", () => {
  const message = "word ".repeat(40).trim();
  const finding = {
    ...symbolicFinding,
    message,
    fix: { title: message, applicability: "manual" } as const,
  };
  const target = { ...symbolicTarget, findings: [finding], hints: [{ line: 1, text: message }] };
  for (const columns of [40, 80, 120]) {
    const lines = renderTargets(reportOf("audit", [target]), { ...options, columns }).split("\n");
    expect(Math.max(...lines.map((line) => textWidth(line)))).toBeLessThanOrEqual(columns);
  }
});

const shown = (failure: Failure, more = {}): string =>
  renderFailure(failure, { colour: false, columns: 80, log: true, ...more });

describe("renderFailure", () => {
  test("what, where, what to do", () => {
    expect(
      shown({
        code: "UNREADABLE",
        file: "x",
        message: "there is no such file",
        hint: "name a Containerfile",
      }),
    ).toBe("error: x: there is no such file\n  hint: name a Containerfile\n");
  });

  test("a fault in a file is shown in its line", () => {
    const failure: Failure = {
      code: "SYNTAX",
      file: "C",
      line: 2,
      column: 1,
      message: "unknown instruction RUNN",
      hint: "did you mean RUN?",
    };
    expect(shown(failure, { text: "FROM a\nRUNN x\n" })).toBe(
      "error: C:2:1: unknown instruction RUNN\n    1 | FROM a\n  > 2 | RUNN x\n      | ^^^^\n  hint: did you mean RUN?\n",
    );
  });

  test("a build's whole log stands in front", () => {
    expect(
      shown({
        code: "BUILD_FAILED",
        engine: "podman",
        exitCode: 1,
        log: "STEP 1\r\nno such\u001b[2J\n",
      }),
    ).toBe(
      "STEP 1\nno such\\x1b[2J\n\n" +
        "error: podman cannot build the file as it was (exit code 1); nothing was written\n" +
        "  hint: make the original build first; the end of the log above says what stops\n  it\n",
    );
    expect(shown({ code: "BUILD_FAILED", engine: "docker", exitCode: undefined, log: "x" }, { log: false })).toMatch(
      /^error: Docker cannot build/,
    );
  });

  test("a failed proof says both sides", () => {
    expect(
      shown({
        code: "PROOF_FAILED",
        message: "the process is not who it should be",
        expected: "uid=65532",
        actual: "uid=0",
      }),
    ).toBe("error: the process is not who it should be: expected uid=65532, got uid=0\n");
  });
});

test("a name with a line end stays on its line, wherever it is shown", () => {
  const name = "a\n::add-mask::x/Containerfile";
  const report = reportOf("audit", [{ ...symbolicTarget, target: name }]);
  const texts = [
    renderTargets(report, { ...options, verbose: true }),
    renderTargets(report, { ...options, quiet: true }),
    shown({ code: "UNREADABLE", file: name, message: "it is a folder" }),
  ];
  for (const text of texts) {
    expect(text).toContain(String.raw`a\n::add-mask::x/Containerfile`);
    expect(text).not.toMatch(/^\s*::/m);
  }
});
