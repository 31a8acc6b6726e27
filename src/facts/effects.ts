/**
 * What the shipped instructions of a build do to accounts, owners, capabilities and packages, each with its place.
 * `readEffects` is filled in by src/shell; rules and fixes read only this.
 */
import type { Shipped } from "../containerfile/build-model.ts";
import type { CopyInstruction, RunInstruction } from "../containerfile/model.ts";
import type { ShellCommand, ShellWord } from "../shell/model.ts";

export interface Effect {
  readonly at: Shipped & { readonly instruction: RunInstruction };
  readonly command: ShellCommand;
}

/** An account; `gid` and `home` are `undefined` where they are left to chance. */
export interface FinalAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number | undefined;
  readonly home: string | undefined;
}

/** A copy that puts another `/etc/passwd` in place: the accounts from here on; `undefined` entries are those of a file that nobody here has read. */
export interface PasswdFile {
  readonly at: Shipped & { readonly instruction: CopyInstruction };
  readonly entries: readonly FinalAccount[] | undefined;
  /** Others may be in it: it is another stage's, of which nobody knows all. */
  readonly hasMore?: true;
}

/** A `useradd`/`adduser`/passwd-appending command that creates an account. */
export interface UserCreation extends Effect {
  readonly tool: "useradd" | "adduser-busybox" | "adduser-debian" | "passwd-append";
  readonly name: string | undefined;
  /** As given; `undefined` when left to chance. */
  readonly uid: number | undefined;
  /** Primary group as given: a gid or a name. */
  readonly group: string | undefined;
  /** A group of the account's name is made with it. */
  readonly ownGroup: boolean;
  /** Primary gid when certain: given as a number, or that of a group created before or in the base, or the tool's own rule. */
  readonly gid: number | undefined;
  readonly home: string | undefined;
  readonly createsHome: boolean;
  readonly system: boolean;
  readonly supplementary: readonly string[];
  readonly noLogInit: boolean;
  /** Place behind the tool's name, where an option can be put in. */
  readonly optionsAt: number;
  /** Words beside the name are options, or become some where their variables have a value: `useradd $OPTIONS app`. */
  readonly hasHiddenOptions?: true;
  readonly uidWord: ShellWord | undefined;
  readonly nameWord: ShellWord | undefined;
  /** What keeps it from being certain, as a line does it: `may or may not create "app"` (`unsure-accounts.ts`). */
  readonly unsure?: string;
}
export interface GroupCreation extends Effect {
  readonly tool: "groupadd" | "addgroup" | "group-append";
  readonly name: string | undefined;
  readonly gid: number | undefined;
  readonly optionsAt: number;
}
/** `usermod`, `userdel`, `deluser`, `sed -i … /etc/passwd`: accounts change in a way only running tells, unless the fields say it. */
export interface AccountChange extends Effect {
  /** `replace`: no account that was there before is left (`> /etc/passwd`). */
  readonly kind: "modify" | "delete" | "replace" | "unknown";
  readonly name: string | undefined;
  /** `usermod -u` where it is certain. */
  readonly uid: number | undefined;
  /** Options of `usermod` as given; `undefined` values are not knowable, absent ones are not changed. */
  readonly sets?: Readonly<Partial<Record<"uid" | "name" | "group" | "home", string | undefined>>>;
}
/** `groupmod`, `groupdel`, `delgroup`. */
export interface GroupChange extends Effect {
  readonly name: string | undefined;
  /** `groupmod -g`. */
  readonly renumbers: boolean;
  /** `groupmod -n`. */
  readonly newName?: string | undefined;
  readonly gid: number | undefined;
}
export interface OwnerChange extends Effect {
  readonly tool: "chown" | "chgrp";
  /** `user[:group]`, expanded, never `user.group`; undefined when not knowable. */
  readonly owner: string | undefined;
  readonly ownerWord: ShellWord;
  readonly recursive: boolean;
  readonly paths: readonly { readonly path: string | undefined; readonly word: ShellWord }[];
}
export interface ModeChange extends Effect {
  readonly mode: string | undefined;
  readonly recursive: boolean;
  readonly paths: readonly { readonly path: string | undefined; readonly word: ShellWord }[];
  /** Sets setuid. A change of owner takes setgid only from files, and it is for folders mostly. */
  readonly privileged: boolean;
}
export interface CapabilityChange extends Effect {
  readonly capabilities: string | undefined;
  readonly paths: readonly { readonly path: string | undefined; readonly word: ShellWord }[];
}
export interface PackageInstall extends Effect {
  readonly manager: "apt" | "apk" | "dnf" | "microdnf" | "yum" | "tdnf" | "zypper" | "pacman" | "rpm" | "dpkg";
  /** Literal package names, version constraints cut off. */
  readonly packages: readonly string[];
}
/** Anything else that writes below the working directory, as far as known command names tell. */
export interface TreeWrite extends Effect {
  /** What is written, or the folder that is written below: absolute. */
  readonly path: string;
  /** The name of what is written below the path is not known. */
  readonly isUnnamed: boolean;
  readonly certain: boolean;
}
/** What a command puts into a file, or behind what is in there. */
export interface WrittenText extends Effect {
  /** Absolute. */
  readonly path: string;
  readonly appends: boolean;
  /** `undefined` where only running tells. */
  readonly text: string | undefined;
}
export interface CopyEffect {
  readonly at: Shipped & { readonly instruction: CopyInstruction };
  /** Absolute destination, expanded, WORKDIR applied; undefined when unknown. Ends in `/` only when written so. */
  readonly destination: string | undefined;
  /** `--chown` expanded; undefined without the flag. */
  readonly chown: string | undefined;
  readonly link: boolean;
  /** It is of the build context, which has no account file for it to bring. */
  readonly hasNoAccounts?: true;
}
export interface Effects {
  readonly users: readonly UserCreation[];
  readonly groups: readonly GroupCreation[];
  readonly accountChanges: readonly AccountChange[];
  readonly groupChanges: readonly GroupChange[];
  readonly owners: readonly OwnerChange[];
  /**
   * What is left to hand over below folders: `find /app ! -user app -exec chown app {} +`. It touches nothing that has its
   * owner already, so it doubles no layer and tells nothing of the files that its author gives away.
   */
  readonly completed: readonly OwnerChange[];
  readonly modes: readonly ModeChange[];
  readonly capabilities: readonly CapabilityChange[];
  readonly packages: readonly PackageInstall[];
  readonly writes: readonly TreeWrite[];
  /** Of commands that certainly run. */
  readonly texts: readonly WrittenText[];
  readonly copies: readonly CopyEffect[];
  /** Copies that put another `/etc/passwd` in place. */
  readonly passwdFiles: readonly PasswdFile[];
  /**
   * What may have done anything: RUNs whose shell text could not be read (PowerShell, another SHELL, broken quoting), and
   * FROMs whose ONBUILD triggers run or copy something.
   */
  readonly opaque: readonly Shipped[];
  /** Commands that run a program which nobody here has read (`unread-programs.ts`). */
  readonly unread: readonly Effect[];
  /** Every command of every shipped RUN in order. */
  readonly commands: readonly Effect[];
}
