/** All known messages, the more particular first: where two match the same text, the earlier one is it. */
import type { Frame, KnownMessage } from "../message.ts";
import { apiServerMessages } from "./api-server.ts";
import { buildMessages } from "./build.ts";
import { kubeletMessages } from "./kubelet.ts";
import { policyMessages } from "./policies.ts";
import { processMessages } from "./process.ts";
import { runtimeMessages } from "./runtime.ts";
import { tektonMessages } from "./tekton.ts";
import { workingFolderMessages } from "./working-folder.ts";

export const knownMessages: readonly KnownMessage[] = [
  ...kubeletMessages,
  ...tektonMessages,
  ...apiServerMessages,
  ...policyMessages,
  ...buildMessages,
  ...runtimeMessages,
  ...processMessages,
  ...workingFolderMessages,
];

const re = String.raw;

/** What names things around a message. */
export const frames: readonly Frame[] = [
  // tektoncd/pipeline pkg/reconciler/taskrun/taskrun.go
  {
    pattern: re`the (?:step|sidecar|init container) "(?<step>[^"]{1,63})" in TaskRun "(?<taskRun>[^"]{1,253})" failed to start\. The pod errored with the message: "?`,
    reach: "near",
  },
  { pattern: re`failed to create task run pod "(?<taskRun>[^"]{1,253})": `, reach: "near" },
  // tkn: `[task : step] text`, `[step] text`; many programs put a level there
  {
    pattern: re`\[(?:[\w.-]{1,63} : )?(?<step>(?!(?:emerg|alert|crit|error|warn|warning|notice|info|debug|trace|fatal|\d+)\])[\w.-]{1,63})\] `,
    reach: "near",
  },
  {
    pattern: re`Maybe missing or invalid Task (?<namespace>[^\s/]{1,63})/(?<task>[a-z0-9.-]{1,252}[a-z0-9])`,
    reach: "all",
  },
  {
    pattern: re`(?:^|[\s{,])"?[nN]amespace"?: ?"?(?<namespace>[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?=["\s,}]|$)`,
    reach: "all",
  },
  { pattern: re`(?:^|[\s{,])"?[iI]mage"?: ?"?(?<image>[a-z0-9][\w./:@-]{1,400})(?=["\s,}]|$)`, reach: "all" },
  { pattern: re`(?:pulled|Pulling|Container) image "(?<image>[^"\s]{1,400})"`, reach: "all" },
];
