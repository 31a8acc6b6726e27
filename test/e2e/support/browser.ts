/** Headless Chromium, spoken to through its debugging pipe: pages are opened, typed into, printed and asked what they show. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { asArray, asObject, asText, parseJson, type JsonObject } from "../../../src/core/json.ts";

function findChromium(): string | undefined {
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    try {
      return execFileSync("/bin/sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
    } catch {
      // The next one.
    }
  }
  return undefined;
}

/** Undefined where this machine has none. */
export const chromium = findChromium();

/** What keeps it from asking for a screen, a GPU or a user namespace. */
export const headless: readonly string[] = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];

/** What a screen reader is told of an element. */
export interface Accessible {
  readonly role: string;
  readonly name: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

const keyCodes: Readonly<Record<string, number>> = { Tab: 9, Enter: 13, " ": 32, ArrowDown: 40, "/": 191 };
const control = 2;

export class Browser {
  readonly #child: ChildProcess;
  readonly #commands: Writable;
  readonly #waiting = new Map<number, { resolve: (result: JsonObject) => void; reject: (error: Error) => void }>();
  #last = 0;
  #session = "";

  private constructor(child: ChildProcess) {
    this.#child = child;
    const [, , , commands, answers] = child.stdio;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- opened as pipes below: one to write to, one to read from
    this.#commands = commands as Writable;
    let text = "";
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same
    (answers as Readable).setEncoding("utf8").on("data", (chunk: string) => {
      const parts = (text + chunk).split("\0");
      text = parts.pop() ?? "";
      for (const part of parts) this.#answer(asObject(parseJson(part)));
    });
  }

  /** Starts one, with a profile in a folder of the caller's. */
  static async start(profile: string): Promise<Browser> {
    const child = spawn(
      chromium ?? "chromium",
      [...headless, "--remote-debugging-pipe", `--user-data-dir=${profile}`, "about:blank"],
      { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
    );
    const browser = new Browser(child);
    const { targetId } = await browser.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await browser.send("Target.attachToTarget", { targetId, flatten: true });
    browser.#session = asText(sessionId);
    await browser.send("Page.enable");
    return browser;
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#session = "";
    await this.send("Browser.close");
    await ended;
  }

  /** One command of the DevTools protocol. */
  async send(method: string, params: object = {}): Promise<JsonObject> {
    const id = ++this.#last;
    const session = this.#session === "" ? {} : { sessionId: this.#session };
    const answer = new Promise<JsonObject>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#commands.write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    return await answer;
  }

  #answer(message: JsonObject): void {
    const id = Number(message["id"]);
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (message["error"] === undefined) waiting?.resolve(asObject(message["result"]));
    else waiting?.reject(new Error(JSON.stringify(message["error"])));
  }

  /** Opens a page at a width; its script has run when this returns. */
  async open(address: string, width = 1280): Promise<void> {
    await this.send("Emulation.setDeviceMetricsOverride", { width, height: 900, deviceScaleFactor: 1, mobile: false });
    // An address that differs in its fragment only would not load the page again.
    await this.send("Page.navigate", { url: "about:blank" });
    await this.send("Page.navigate", { url: address });
    while (!(await this.evaluate("location.protocol === 'file:' && document.readyState === 'complete'"))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** The value of an expression in the page. */
  async evaluate(expression: string): Promise<unknown> {
    const answer = await this.send("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
    if (answer["exceptionDetails"] !== undefined) throw new Error(JSON.stringify(answer["exceptionDetails"]));
    return asObject(answer["result"])["value"];
  }

  /** Emulates `screen` or `print`, and what the reader's system prefers. */
  async prefer(features: Readonly<Record<string, string>>, media = ""): Promise<void> {
    const list = Object.entries(features).map(([name, value]) => ({ name: `prefers-${name}`, value }));
    await this.send("Emulation.setEmulatedMedia", { media, features: list });
  }

  /** Presses keys, one after the other; `Control+/` is one. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const pressed of keys) {
      const key = pressed.replace("Control+", "");
      const text = key === "Enter" ? "\r" : key.length === 1 && pressed === key ? key : undefined;
      const event = {
        key,
        windowsVirtualKeyCode: keyCodes[key] ?? key.toUpperCase().charCodeAt(0),
        modifiers: pressed === key ? 0 : control,
      };
      await this.send("Input.dispatchKeyEvent", { type: "keyDown", ...event, ...(text === undefined ? {} : { text }) });
      await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
    }
  }

  /** What a screen reader finds, in its order; nodes that say nothing by themselves are left out. */
  async accessible(): Promise<readonly Accessible[]> {
    const { nodes } = await this.send("Accessibility.getFullAXTree");
    const byId = new Map(asArray(nodes).map((node) => [asText(asObject(node)["nodeId"]), asObject(node)]));
    const found: Accessible[] = [];
    const walk = (node: JsonObject): void => {
      const role = asText(asObject(node["role"])["value"]);
      if (node["ignored"] !== true && !["none", "generic", "InlineTextBox"].includes(role)) {
        const properties = asArray(node["properties"]).map((property) => {
          const { name, value } = asObject(property);
          return [asText(name), asObject(value)["value"]] as const;
        });
        found.push({ role, name: asText(asObject(node["name"])["value"]), properties: Object.fromEntries(properties) });
      }
      for (const id of asArray(node["childIds"])) {
        const child = byId.get(asText(id));
        if (child !== undefined) walk(child);
      }
    };
    const [root] = byId.values();
    if (root !== undefined) walk(root);
    return found;
  }
}
