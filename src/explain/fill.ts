/** Fills templates of messages. */

export type Names = Readonly<Record<string, string | undefined>>;

/** Puts names into `%{name}` and `%{name|what stands there otherwise}`. */
export function fill(template: string, names: Names, quote: (value: string) => string = (value) => value): string {
  return template.replace(/%\{(\w+)(?:\|([^}]*))?\}/g, (_, name: string, otherwise: string | undefined) => {
    const value = names[name];
    if (value !== undefined && value !== "") return raw.has(name) ? value : quote(value);
    return otherwise ?? "";
  });
}

/** Names whose values are parts of a command line that are quoted already. */
const raw: ReadonlySet<string> = new Set(["inNamespace", "inNamespaceOption"]);
