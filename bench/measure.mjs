/** Running and timing other programs, and a table for people. */
import { spawn } from "node:child_process";
import { access, constants, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** The environment that every measured program gets: Node 20 reads a file of certificates at every start when told to. */
export const environment = () => {
  const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...rest } = process.env;
  return { ...rest, NO_COLOR: "1" };
};

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {readonly string[]} parameters
 * @param {{ cwd?: string, memory?: boolean, timeoutSeconds?: number, environment?: Record<string, string> }} [options]
 *   `memory` runs it under GNU time where that is installed.
 * @returns {Promise<{ seconds: number, exitCode: number | null, stdout: string, stderr: string, peakKiB: number | undefined }>}
 */
export async function run(command, parameters, options = {}) {
  const time = options.memory === true && (await isExecutable("/usr/bin/time"));
  const [program, list] = time
    ? ["/usr/bin/time", ["-f", "peak-kib=%M", command, ...parameters]]
    : [command, [...parameters]];
  const started = performance.now();
  const child = spawn(program, list, {
    cwd: options.cwd,
    env: { ...environment(), ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: (options.timeoutSeconds ?? 900) * 1000,
  });
  const out = [];
  const err = [];
  child.stdout.on("data", (chunk) => out.push(chunk));
  child.stderr.on("data", (chunk) => err.push(chunk));
  const exitCode = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const seconds = (performance.now() - started) / 1000;
  const stderr = Buffer.concat(err).toString("utf8");
  const peak = /peak-kib=(\d+)\s*$/.exec(stderr)?.[1];
  return {
    seconds,
    exitCode,
    stdout: Buffer.concat(out).toString("utf8"),
    stderr,
    peakKiB: peak === undefined ? undefined : Number(peak),
  };
}

/** {@link run}, but an exit code that is not expected is an error with the program's own words. */
export async function runWell(command, parameters, options = {}) {
  const result = await run(command, parameters, options);
  if (!(options.exitCodes ?? [0]).includes(result.exitCode)) {
    throw new Error(
      `${command} ${parameters.join(" ")} ended with ${result.exitCode}\n${result.stdout}${result.stderr}`,
    );
  }
  return result;
}

const isExecutable = (path) =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

/** Where PATH has a program, or undefined. */
export async function onPath(name) {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    if (folder !== "" && (await isExecutable(join(folder, name)))) return join(folder, name);
  }
  return undefined;
}

/** The middle one; of an even number, the mean of the middle two. */
export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[middle - 1] ?? NaN, sorted[middle] ?? NaN];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}

/**
 * Times two things by turns, so that whatever else the machine does meets both. Who goes first alternates.
 * @returns {Promise<{ first: number, second: number, ratio: number }>} Medians in seconds, and of the pairs' ratios.
 */
export async function pairs(rounds, first, second) {
  const times = { first: [], second: [], ratio: [] };
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? ["first", "second"] : ["second", "first"];
    const took = {};
    for (const which of order) took[which] = await (which === "first" ? first : second)(round);
    times.first.push(took.first);
    times.second.push(took.second);
    times.ratio.push(took.second / took.first);
  }
  return { first: median(times.first), second: median(times.second), ratio: median(times.ratio) };
}

/** A temporary folder for one piece of work, removed whatever happens. */
export async function withFolder(name, work) {
  const folder = await mkdtemp(join(tmpdir(), `image-fix-bench-${name}-`));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Rows as a Markdown table whose columns line up. */
export function table(head, rows) {
  const cells = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(cells[0] ?? []), line(widths.map((width) => "-".repeat(width))), ...cells.slice(1).map(line)].join("\n");
}
