/** Texts for property tests: any string at all, text made of the language's own pieces, and files as people write them. */
import * as fc from "fast-check";
import { generate } from "../../bench/generate.mjs";

/** Pieces that mean something to the reader, so that a short random text meets many of its turns. */
const pieces = [
  "FROM a",
  "from debian:12 AS b",
  "FROM scratch",
  "FROM b",
  "RUN ",
  "USER ",
  "COPY --from=b --chown=a:b x y",
  "COPY ",
  "ADD ",
  "ENV a=",
  "ENV a ",
  "ARG x",
  "ARG x=1",
  "ONBUILD ",
  "CMD ",
  'ENTRYPOINT ["a", "b"]',
  "HEALTHCHECK CMD ",
  "SHELL ",
  "VOLUME /v",
  "WORKDIR /w",
  "EXPOSE 80",
  "LABEL ",
  "# escape=`",
  "# syntax=x",
  "# image-fix ignore=root-user -- x",
  "#",
  "\\",
  "`",
  "\\\\",
  "\n",
  "\n\n",
  "\r\n",
  "\r",
  "\t",
  " ",
  "\v",
  "\0",
  "\ufeff",
  "\u00a0",
  "\u2028",
  "\ud800",
  "\udc00",
  "💥",
  "<<EOF",
  "<<-EOF",
  '<<"EOF"',
  "<<",
  "EOF",
  "\nEOF\n",
  "'",
  '"',
  "$x",
  "${x",
  "${x:-",
  "}",
  "$(",
  ")",
  "((",
  "[",
  "]",
  "--",
  "--link",
  "=",
  ",",
  "|",
  "&&",
  ";",
  "if",
  "case x in",
  "useradd -u 1 a",
  "chown -R a:b /",
  "apt-get install -y nginx",
];

/** Any string: lone surrogates, NUL, carriage returns, byte order marks. */
export const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 200 })
    .map((units) => units.map((unit) => String.fromCharCode(unit)).join("")),
);

/** Text of the language's pieces, most of it refused by the builder. */
export const languageText = fc
  .array(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...pieces) }, fc.string({ maxLength: 6 })), { maxLength: 60 })
  .map((parts) => parts.join(""));

/** Files as people write them. */
export const realisticText = fc
  .record({ seed: fc.integer({ min: 1, max: 1_000_000 }), index: fc.integer({ min: 0, max: 10_000 }) })
  .map(({ seed, index }) => generate(seed, index).text);

interface Mutation {
  readonly at: number;
  readonly cut: number;
  readonly put: string;
}

/** A realistic file with a few pieces cut out and put in. */
export const mutatedText = fc
  .tuple(
    realisticText,
    fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        cut: fc.integer({ min: 0, max: 12 }),
        put: fc.oneof(fc.constantFrom(...pieces), fc.constant("")),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  )
  .map(([text, mutations]) =>
    mutations.reduce((so, { at, cut, put }: Mutation) => {
      const index = Math.floor(at * so.length);
      return so.slice(0, index) + put + so.slice(index + cut);
    }, text),
  );
