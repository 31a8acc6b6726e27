import type { Span } from "../core/finding.ts";
import { readDuration } from "./durations.ts";
import type { Report, Reports } from "./instruction.ts";
import { literal } from "./literal.ts";
import type {
  ArgumentInstruction,
  CopyInstruction,
  Flag,
  FromInstruction,
  HealthcheckInstruction,
  Instruction,
  RunInstruction,
  WordsInstruction,
} from "./model.ts";
import { checkMount } from "./check-mount.ts";
import { deviceFault } from "./device.ts";
import { platformFault } from "./platform.ts";
import { portFault } from "./ports.ts";
import { isGitSource } from "./git-source.ts";
import { isHeredocWord } from "./heredoc.ts";
import { isSignal } from "./stop-signal.ts";

/** Reports values that BuildKit would refuse. A value with a variable in it is left to the build. */
export function checkValues(instruction: Instruction, escape: string, reports: Reports): void {
  const { report, whenBuilt } = reports;
  switch (instruction.keyword) {
    case "EXPOSE":
      return checkPorts(instruction, escape, whenBuilt);
    case "STOPSIGNAL":
      return checkSignal(instruction, escape, whenBuilt);
    case "FROM":
      return checkPlatform(instruction, escape, report);
    case "COPY":
    case "ADD":
      return checkCopied(instruction, escape, whenBuilt);
    case "RUN":
      return checkRun(instruction, reports);
    case "VOLUME":
      return checkVolumes(instruction, escape, whenBuilt);
    case "HEALTHCHECK":
      return checkTimes(instruction, report);
    case "USER":
    case "WORKDIR":
    case "MAINTAINER":
    case "ENV":
    case "LABEL":
    case "ARG":
    case "CMD":
    case "ENTRYPOINT":
    case "SHELL":
    case "ONBUILD":
    case "UNKNOWN":
  }
}

function checkPorts({ words }: WordsInstruction, escape: string, report: Report): void {
  for (const word of words) {
    for (const { value } of literal(word.value, escape)?.words ?? []) {
      const fault = portFault(value);
      if (fault === undefined) continue;
      const hint = value.startsWith("#") ? "a comment must stand on a line of its own" : undefined;
      report(word.span, `EXPOSE ${shorten(value)}: ${fault}`, hint);
      if (hint !== undefined) return;
    }
  }
}

function checkSignal({ keyword, argument }: ArgumentInstruction, escape: string, report: Report): void {
  const value = literal(argument.value, escape)?.value;
  if (keyword !== "STOPSIGNAL" || value === undefined || argument.value === "" || isSignal(value)) return;
  report(
    argument.span,
    `STOPSIGNAL ${shorten(value)}: there is no such signal`,
    "write a name such as SIGTERM, or its number",
  );
}

function checkPlatform({ flags }: FromInstruction, escape: string, report: Report): void {
  for (const { name, value, valueSpan } of flags) {
    const text = name === "platform" && value !== undefined ? literal(value, escape)?.value : undefined;
    // `--platform=` is read as if it were not there.
    const fault = text === undefined || value === "" ? undefined : platformFault(text);
    if (fault !== undefined)
      report(valueSpan, `--platform=${shorten(text ?? "")}: ${fault}`, "write os/architecture, such as linux/amd64");
  }
}

/** Octal up to 7777, or a symbolic mode. */
const mode = /^(?:0*[0-7]{1,4}|[ugoa]*(?:[-+=][rwxXstugo]*)+(?:,[ugoa]*(?:[-+=][rwxXstugo]*)+)*)$/;

function checkCopied(instruction: CopyInstruction, escape: string, report: Report): void {
  const { keyword, flags, sources } = instruction;
  for (const { name, value, valueSpan } of flags) {
    const text = name === "chmod" && value !== undefined ? literal(value, escape)?.value : undefined;
    if (text === undefined || text === "" || mode.test(text)) continue;
    report(
      valueSpan,
      `--chmod=${shorten(text)} is no file mode`,
      "write an octal number up to 7777, or such as u=rwX,go=rX",
    );
  }
  if (keyword === "ADD") return checkChecksum(instruction, escape, report);
  for (const { value, span } of sources) {
    if (/^https?:\/\//.test(value)) report(span, "COPY takes no URL as its source", "use ADD, or RUN with curl");
    else if (isGitSource(value))
      report(span, "COPY takes no git repository as its source", "use ADD, or RUN git clone");
  }
}

function checkChecksum({ flags, sources }: CopyInstruction, escape: string, report: Report): void {
  const flag = flags.find(({ name }) => name === "checksum");
  const checksum = flag?.value === undefined ? undefined : literal(flag.value, escape)?.value;
  if (flag === undefined || checksum === undefined || checksum === "") return;
  const [source = { value: "" }, ...more] = sources;
  if (more.length > 0)
    return report(flag.span, "--checksum is for one source", "write an ADD of its own for each download");
  if (isHeredocWord(source.value)) return report(flag.span, "--checksum is not for a here-document", "take it away");
  const from = literal(source.value, escape)?.value;
  if (from === undefined || isGitSource(from) || from.startsWith("github.com/")) return;
  if (!/^https?:\/\//.test(from))
    return report(flag.span, "--checksum is only for a source that is downloaded", "take it away");
  const fault = digestFault(checksum);
  if (fault !== undefined) report(flag.valueSpan, `--checksum=${shorten(checksum)}: ${fault}`, "write sha256:HEX");
}

const lengths: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };

/** Why a text is no digest as opencontainers/go-digest has it, `undefined` where it is one. */
function digestFault(text: string): string | undefined {
  const [algorithm = "", hex = "", ...rest] = text.split(":");
  const length = Object.hasOwn(lengths, algorithm) ? lengths[algorithm] : undefined;
  if (length === undefined) return `the algorithms are ${Object.keys(lengths).join(", ")}`;
  if (rest.length > 0 || !/^[a-f0-9]*$/.test(hex)) return "a digest is written in digits and a to f";
  return hex.length === length ? undefined : `${algorithm} has ${length} digits, here are ${hex.length}`;
}

/** What is empty as it is written is refused before any value is looked at. */
function checkVolumes({ words }: WordsInstruction, escape: string, report: Report): void {
  for (const { value, span } of words) {
    if (value.trim() !== "" && literal(value, escape)?.value === "")
      report(span, "VOLUME specified can not be an empty string");
  }
}

function checkRun({ span: whole, flags, command }: RunInstruction, reports: Reports): void {
  const { report, whenBuilt } = reports;
  if (command.form === "exec" && command.words.length === 0)
    whenBuilt(whole, "RUN [] names no program", "write RUN command");
  for (const { name, value, span, valueSpan } of flags) {
    if (value === undefined) continue;
    if (name === "network" && !["default", "none", "host"].includes(value)) {
      report(valueSpan, `invalid network mode ${shorten(value)}`, "it is default, none or host");
    }
    if (name === "security" && !["insecure", "sandbox"].includes(value)) {
      report(valueSpan, `--security=${shorten(value)} is not valid`, "it is sandbox or insecure");
    }
    if (name === "mount") checkMount(value, span, reports);
    if (name === "device") checkDevice(value, valueSpan, report);
  }
}

function checkDevice(value: string, span: Span, report: Report): void {
  const fault = deviceFault(value);
  if (fault !== undefined) report(span, `--device=${shorten(value)}: ${fault}`, "write --device=vendor.com/class=name");
}

function checkTimes({ flags, command }: HealthcheckInstruction, report: Report): void {
  if (command === undefined) return;
  for (const flag of flags) {
    if (flag.value === undefined || flag.value === "") continue;
    if (flag.name === "retries") checkRetries(flag, flag.value, report);
    else if (/^(?:interval|timeout|start-period|start-interval)$/.test(flag.name)) checkTime(flag, flag.value, report);
  }
}

function checkRetries({ valueSpan }: Flag, value: string, report: Report): void {
  if (/^\+?\d+$/.test(value) && Number(value) < 2 ** 31) return;
  report(valueSpan, `--retries=${shorten(value)} is no number of tries`, "write a whole number, 0 or more");
}

function checkTime({ name, valueSpan }: Flag, value: string, report: Report): void {
  const time = readDuration(value);
  if (time === undefined)
    report(valueSpan, `--${name}=${shorten(value)} is no duration`, "write such as 30s, 1m30s or 500ms");
  else if (time !== 0 && time < 1) report(valueSpan, `--${name} cannot be less than 1ms`);
}

function shorten(value: string): string {
  return value.length > 60 ? `${value.slice(0, 60)}…` : value;
}
