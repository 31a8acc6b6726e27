/** What the codes of Node's errors mean. */

/** `code` of an error of Node, `""` without one. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

/** Whether the code is one of a certificate that is not trusted. */
export const isCertificateError = (code: string): boolean =>
  /CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)|ERR_TLS_CERT/.test(code);
