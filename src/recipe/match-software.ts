/** Finds known software by what installs it, what starts it, and which base image is it. */
import { normaliseImageName } from "../image/reference.ts";
import { shippedSoftware } from "./recipe-book.ts";
import type { Software } from "./software.ts";

/** Managers that share package names. */
const familyOf: Readonly<Record<string, string>> = {
  microdnf: "dnf",
  yum: "dnf",
  tdnf: "dnf",
  rpm: "dnf",
  dpkg: "apt",
};

/** The name that recipes know a package manager by: `microdnf` is `dnf`. */
export const managerKey = (manager: string): string => familyOf[manager] ?? manager;

/** The software that a package brings. */
export function softwareForPackages(manager: string, packages: readonly string[]): readonly Software[] {
  const { named, globs } = packagesOf(managerKey(manager));
  const found = new Set<Software>();
  for (const name of packages) {
    for (const software of named.get(name) ?? []) found.add(software);
    for (const { glob, software } of globs) if (glob.test(name)) found.add(software);
  }
  return found.size === 0 ? [] : shippedSoftware().filter((software) => found.has(software));
}

/** What packages of one manager bring: by name, and by `postgresql-[0-9]*`, which covers `postgresql-16`. */
interface Packages {
  readonly named: ReadonlyMap<string, readonly Software[]>;
  readonly globs: readonly { readonly glob: RegExp; readonly software: Software }[];
}

const packagesByManager = new Map<string, Packages>();

function packagesOf(manager: string): Packages {
  const there = packagesByManager.get(manager);
  if (there !== undefined) return there;
  const named = new Map<string, Software[]>();
  const globs: { glob: RegExp; software: Software }[] = [];
  for (const software of shippedSoftware()) {
    for (const pattern of software.packages[manager] ?? []) {
      if (!/[*[]/.test(pattern)) {
        named.set(pattern, [...(named.get(pattern) ?? []), software]);
        continue;
      }
      const text = pattern.replace(/[.+?^${}()|\\]/g, "\\$&").replace(/\*/g, "[^]*");
      globs.push({ glob: new RegExp(`^${text}$`), software });
    }
  }
  const packages = { named, globs };
  packagesByManager.set(manager, packages);
  return packages;
}

/** The software whose archive a text names. */
export const softwareForDownload = (text: string): readonly Software[] =>
  shippedSoftware().filter(({ downloads = [] }) => downloads.some((part) => text.includes(part)));

/** The software that reads folders of its own. */
export const softwareWithFolders = (): readonly Software[] =>
  shippedSoftware().filter(({ folders = [] }) => folders.length > 0);

/** The software that a base image is. */
export function softwareForImage(reference: string): readonly Software[] {
  const name = normaliseImageName(reference)
    .replace(/@.*$/, "")
    .replace(/:[^/:]*$/, "");
  return shippedSoftware().filter(({ images }) => images.includes(name));
}

/** The software that a program is by its name or path, whatever brings it (`crond`, `/sbin/init`). */
export const softwareForCommand = (program: string): readonly Software[] =>
  shippedSoftware().filter(({ commands, byCommand }) => byCommand === true && commands.includes(program));

/** The software that may be started by that name, where something else says that it is there. */
export const softwareOfProgram = (program: string): readonly Software[] =>
  shippedSoftware().filter(({ commands }) => commands.includes(program));

/** The software that a service is, whatever brings it (`ssh` in `service ssh start`). */
export const softwareForService = (service: string): readonly Software[] =>
  shippedSoftware().filter((software) => software.byCommand === true && isService(software, service));

/** Whether a software's service has that name. */
export const isService = ({ commands, services = [] }: Software, name: string): boolean =>
  commands.includes(name) || services.includes(name);
