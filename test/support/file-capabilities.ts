/** Files with capabilities, in archives: nothing here needs setcap. */
import { tarHeader, tarPadding } from "../../src/image/tar.ts";
import { tarOf, type TestEntry } from "./registry.ts";

/** `vfs_cap_data` of revision 2: whether they are effective, and bits below 8 of the two sets. */
export const capabilityData = (effective: 0 | 1, permitted: number, inheritable = 0): Uint8Array =>
  Uint8Array.from([effective, 0, 0, 2, 0, permitted, 0, 0, 0, inheritable, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

/** An archive of a file with an extended header that gives it capabilities. */
export function tarWithCapabilities(capabilities: Uint8Array, file: TestEntry): Buffer {
  const record = Buffer.concat([Buffer.from("57 SCHILY.xattr.security.capability="), capabilities, Buffer.from("\n")]);
  const header = Buffer.from(tarHeader({ path: "pax", type: "file", mode: 0o644, size: record.length }));
  header.write("x", 156);
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([header, record, tarPadding(record.length), tarOf([file])]);
}
