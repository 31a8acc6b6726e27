import packageJson from "../../package.json" with { type: "json" };

/** Name and version of the tool, as `--version` and machine formats give them. */
export const tool = { name: "image-fix", version: packageJson.version } as const;
