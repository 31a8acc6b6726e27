import type { BuildInputs } from "../core/ports.ts";

/** `--build-context`, `--secret` and `--ssh`, which podman and BuildKit's clients spell alike. */
export const inputArgs = ({ contexts = {}, secrets = [], ssh = [] }: BuildInputs = {}): string[] => [
  ...Object.entries(contexts).map(([name, value]) => `--build-context=${name}=${value}`),
  ...secrets.map((secret) => `--secret=${secret}`),
  ...ssh.map((one) => `--ssh=${one}`),
];
