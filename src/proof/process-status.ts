/** What the kernel says of a process in `/proc/self/status`. */
export interface ProcessStatus {
  /** Real, effective, saved and file system uid. */
  readonly uids: readonly number[];
  readonly gids: readonly number[];
  /** Supplementary groups. */
  readonly groups: readonly number[];
  /** Effective capabilities, sixteen hex digits. */
  readonly capEff: string;
  readonly noNewPrivs: boolean;
  /** 0 disabled, 1 strict, 2 filter. */
  readonly seccomp: number;
}

/**
 * Reads `/proc/self/status`; `undefined` when a field that decides is missing.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
 */
export function readProcessStatus(text: string): ProcessStatus | undefined {
  const fields = new Map<string, string>();
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const numbers = (name: string): number[] => (fields.get(name) ?? "").split(/\s+/).filter(Boolean).map(Number);
  const capEff = fields.get("CapEff");
  const noNewPrivs = fields.get("NoNewPrivs");
  const uids = numbers("Uid");
  const gids = numbers("Gid");
  if (capEff === undefined || noNewPrivs === undefined || uids.length !== 4 || gids.length !== 4) return undefined;
  // A kernel without seccomp prints no such line.
  return {
    uids,
    gids,
    groups: numbers("Groups"),
    capEff,
    noNewPrivs: noNewPrivs === "1",
    seccomp: Number(fields.get("Seccomp") ?? 0),
  };
}
