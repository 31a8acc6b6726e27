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
  const key = managerKey(manager);
  return shippedSoftware().filter(
    (software) => software.packages[key]?.some((name) => packages.some((one) => coversPackage(name, one))) === true,
  );
}

/** `postgresql-[0-9]*` covers `postgresql-16`, `php*-fpm` covers `php8.2-fpm`. */
function coversPackage(pattern: string, name: string): boolean {
  if (!/[*[]/.test(pattern)) return pattern === name;
  const text = pattern.replace(/[.+?^${}()|\\]/g, "\\$&").replace(/\*/g, "[^]*");
  return new RegExp(`^${text}$`).test(name);
}

/** The software that a base image is. */
export function softwareForImage(reference: string): readonly Software[] {
  const name = normaliseImageName(reference)
    .replace(/@.*$/, "")
    .replace(/:[^/:]*$/, "");
  return shippedSoftware().filter(({ images }) => images.includes(name));
}

/** The software that a program is, whatever brings it (`crond`, `sshd`). */
export const softwareForCommand = (program: string): readonly Software[] =>
  shippedSoftware().filter(({ commands, byCommand }) => byCommand === true && commands.includes(program));
