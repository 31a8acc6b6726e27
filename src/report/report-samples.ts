/** Results that the tests of this folder render. */
import {
  failedTarget,
  reportOf,
  type FileFix,
  type Proof,
  type RunReport,
  type SmokeTest,
  type TargetResult,
} from "../results/run-report.ts";
import type { Finding } from "../core/finding.ts";

export const symbolicText = "FROM alpine:3.20\nRUN adduser -D app\nUSER app\n";

export const symbolicFinding: Finding = {
  rule: "symbolic-user",
  severity: "error",
  outcome: "fail",
  message: "USER names app, and the kubelet checks numbers only",
  span: { start: 41, end: 44 },
  stage: "final",
  fix: { title: "Write the number: USER 1000", applicability: "safe" },
};

export const portFinding: Finding = {
  rule: "privileged-port",
  severity: "warning",
  outcome: "open",
  message: "Port 80 may be refused",
  span: { start: 0, end: 4 },
  stage: "0",
  fix: null,
};

/** A file whose USER is a name. */
export const symbolicTarget: TargetResult = {
  ...failedTarget("./Containerfile", "containerfile", { code: "USAGE", message: "" }),
  error: null,
  verdict: "symbolic",
  configUser: "app",
  kubeletMessage: "container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root",
  findings: [symbolicFinding],
  text: symbolicText,
  evidence: ["base alpine:3.20: user root (none set): known images"],
};

/** A file that is well. */
export const cleanTarget: TargetResult = {
  ...symbolicTarget,
  target: "./clean/Containerfile",
  verdict: "admit",
  configUser: "1000",
  uid: 1000,
  kubeletMessage: null,
  findings: [],
  text: "FROM alpine:3.20\nUSER 1000\n",
};

/** A file that does not parse. */
export const brokenTarget: TargetResult = failedTarget("./broken/Containerfile", "containerfile", {
  code: "SYNTAX",
  file: "./broken/Containerfile",
  line: 2,
  column: 1,
  message: "unknown instruction RUNN",
  hint: "did you mean RUN?",
});

export const fixOfSymbolic: FileFix = {
  changed: true,
  written: true,
  diff: "--- ./Containerfile\n+++ ./Containerfile\n@@ -1,3 +1,3 @@\n FROM alpine:3.20\n RUN adduser -D app\n-USER app\n+USER 1000\n",
  text: symbolicText.replace("USER app", "USER 1000"),
  predictedId: "uid=1000(app) gid=1000(app) groups=1000(app)",
  steps: ["USER app becomes USER 1000, the same account"],
  remaining: [],
  heldBack: null,
};

export const proof: Proof = {
  engine: "podman",
  engineDescription: "podman 4.3.1 (buildah)",
  imageId: `sha256:${"ab".repeat(32)}`,
  uid: 1000,
  gid: 1000,
  kubernetesGid: 1000,
  groups: [1000],
  userName: "app",
  id: "uid=1000(app) gid=1000(app) groups=1000(app)",
  method: "id",
  capEff: "0000000000000000",
  noNewPrivs: true,
  seccomp: 2,
  writable: { "/home/app": true },
  sizeBefore: 8_089_600,
  sizeAfter: 8_092_672,
};

export const fixedTarget: TargetResult = { ...symbolicTarget, fix: fixOfSymbolic, proof };

/** An image that `verify` ran, and one that it refused. */
export const provenImage: TargetResult = {
  ...cleanTarget,
  target: "localhost/app:1",
  kind: "image",
  text: null,
  evidence: [],
  configUser: "1000",
  proof: { ...proof, sizeBefore: null },
  platform: "linux/amd64",
};
/** An application that runs, and one that may not write. */
export const smokeOk: SmokeTest = {
  command: ["/app/serve"],
  seconds: 5,
  outcome: "running",
  exitCode: null,
  signal: null,
  permissionErrors: [],
  output: "listening on 8080",
  fault: null,
};
export const smokeDenied: SmokeTest = {
  ...smokeOk,
  outcome: "exited",
  exitCode: 1,
  permissionErrors: ["/app/serve: can't create /data/x: Permission denied"],
  output: "/app/serve: can't create /data/x: Permission denied",
  fault: "exit code 1: /app/serve: can't create /data/x: Permission denied",
};

export const rootImage: TargetResult = {
  ...provenImage,
  target: "localhost/root:1",
  verdict: "root",
  configUser: "",
  uid: 0,
  kubeletMessage: "container has runAsNonRoot and image will run as root",
  proof: null,
};

export const auditReport: RunReport = reportOf("audit", [symbolicTarget]);
export const mixedReport: RunReport = reportOf("audit", [symbolicTarget, cleanTarget, brokenTarget]);
export const fixReport: RunReport = reportOf("fix", [fixedTarget]);

/** Text that would do harm in a terminal, a workflow log, XML or Markdown. */
export const hostile = "a\u001b[31m%0A::error::b]]><script>|`x`\u202e @everyone\r\nnext";
