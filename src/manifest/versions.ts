/** Versions that the command line and the files name. Light on purpose: the command line reads them before anything else. */

/** `latest` or a minor version of Kubernetes 1.x. */
export type PolicyVersion = "latest" | number;

/** Reads `latest`, `v1.30` or `1.30`; undefined of anything else. */
export function parsePolicyVersion(text: string): PolicyVersion | undefined {
  if (text === "latest") return text;
  const minor = /^v?1\.(0|[1-9][0-9]{0,3})$/.exec(text)?.[1];
  return minor === undefined ? undefined : Number(minor);
}

/** A release of Tekton Pipelines as a number that compares: 1.15 is 10015. */
export type TektonVersion = number;

export const tektonVersion = (major: number, minor: number): TektonVersion => major * 10_000 + minor;

/** The other way: `1.15` */
export const tektonVersionText = (version: TektonVersion): string =>
  `${Math.floor(version / 10_000)}.${version % 10_000}`;

/** Reads `v1.15.0`, `1.15`, `v0.62.1`; undefined of anything else. */
export function parseTektonVersion(written: string): TektonVersion | undefined {
  const parts = /^v?([0-9]{1,3})\.([0-9]{1,4})(?:\.[0-9]+)?(?:[-+][0-9A-Za-z.+-]+)?$/.exec(written);
  return parts === null ? undefined : tektonVersion(Number(parts[1]), Number(parts[2]));
}
