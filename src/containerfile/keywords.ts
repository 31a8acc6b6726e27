import type { Keyword } from "./model.ts";

/** The instructions of the language, in upper case. */
export const keywords: readonly Keyword[] = [
  "ADD",
  "ARG",
  "CMD",
  "COPY",
  "ENTRYPOINT",
  "ENV",
  "EXPOSE",
  "FROM",
  "HEALTHCHECK",
  "LABEL",
  "MAINTAINER",
  "ONBUILD",
  "RUN",
  "SHELL",
  "STOPSIGNAL",
  "USER",
  "VOLUME",
  "WORKDIR",
];

const byLowerCase: ReadonlyMap<string, Keyword> = new Map(keywords.map((keyword) => [keyword.toLowerCase(), keyword]));

/** The keyword that a word is, in any letter case; `undefined` for what no builder knows. */
export const keywordOf = (word: string): Keyword | undefined => byLowerCase.get(word.toLowerCase());
