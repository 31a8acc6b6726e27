/** What programs print of relative paths: files below the folder that they were started in. */
import type { KnownMessage } from "../message.ts";

const re = String.raw;

/** A relative path that does not lead upwards: `out.txt`, `.git/FETCH_HEAD`. */
const at = (group: string): string => re`(?<${group}>(?!\.\./|stream["'’]?:)[\w.@+][^\s"'‘’:,;()[\]]{0,300})`;

const tools = "cat|chmod|cp|dd|gzip|install|ln|mkdir|mktemp|mv|rm|rmdir|sed|sort|tar|tee|touch|unzip|wget";

export const workingFolderMessages: readonly KnownMessage[] = [
  {
    id: "working-folder-not-writable",
    from: "a program",
    pattern: [
      re`(?:can't|cannot|could not|couldn't|unable to) (?:create|open|touch|write|remove|rename|move|lock|mkdir|stat)(?: [a-z]{1,12}){0,4} ["'‘]?${at("path")}["'’]?: permission denied`,
      re`(?<![\w-])(?:${tools}): ["'‘]?${at("path2")}["'’]?: (?:cannot open: )?permission denied`,
      re`(?<![\w-])(?:sh|ash|dash|bash|zsh|ksh|script-[\w-]{1,80}): (?:line )?(?:\d{1,6}: )?(?!\./)${at("path3")}: permission denied`,
      re`(?<![\w-])(?:open|openat|mkdir|create|rename|remove|unlinkat) (?!\./)${at("path4")}: permission denied`,
      re`EACCES:? permission denied, [a-z]{1,12} ["'‘]${at("path5")}`,
      re`\[Errno 13\] Permission denied: ["']${at("path6")}["']`,
      re`\(${at("path7")}\): failed to open stream: permission denied`,
      re`Permission denied @ [a-z_]{1,20} - ${at("path8")}`,
    ].join("|"),
    anyCase: true,
    example: `mkdir: can't create directory 'build': Permission denied`,
    means:
      "%{path} is a relative path: it lies below the folder that the program was started in, where the user that the container runs as may not write. The folder that WORKDIR makes is root's unless it is handed over, and a volume, such as a Tekton workspace, comes as root's unless the pod says otherwise; what an earlier step wrote with another uid is that one's.",
    decides: [
      { file: "the image's Containerfile", field: "WORKDIR, and the COPY or RUN that fills it" },
      { file: "%{where}", field: "%{at}.workingDir" },
      { file: "the pod or podTemplate", field: "securityContext.fsGroup, when it is a volume or a workspace" },
    ],
    steps: [
      {
        do: "The folder comes with the image, and the image is yours: have it handed to the account.",
        run: "image-fix ./Containerfile",
      },
      {
        do: "It is a volume or a workspace: set a uid, its group, and fsGroup, the same for every step.",
        run: "image-fix manifest --fix --run-as-user 65532 %{manifest}",
      },
    ],
    rules: ["workdir-owner-differs", "copy-root-owned", "writable-path-missing"],
  },
];
