import { describe, expect, test } from "vitest";
import { fixed } from "./test-kit.ts";

const fix = (lines: string): string => fixed({ text: `FROM alpine:3.20\nWORKDIR /app\n${lines}\nCMD ["sh"]\n` });

describe("a COPY whose files are not the setuid ones is handed over", () => {
  test.each([
    ["COPY run.sh .", "RUN mkdir gen && cp /bin/busybox gen/su && chmod u+s gen/su"],
    ["COPY . .", "RUN mkdir gen && cp /bin/busybox gen/su && chmod u+s gen/su"],
    ["COPY . .", "RUN go build -o /app/bin/ping ./ping && setcap cap_net_raw+ep /app/bin/ping"],
    ["COPY run.sh tool.py /app/", "RUN chmod u+s /app/helper"],
  ])("%s / %s", (copy, run) => {
    expect(fix(`${copy}\n${run}`)).toContain(copy.replace("COPY", "COPY --chown=65532:65532"));
  });

  test("a bit that an earlier file had", () => {
    expect(fix("RUN cp /bin/busybox su && chmod u+s su\nCOPY . .")).toContain("COPY --chown=65532:65532 . .");
  });
});

describe("a setgid folder is handed over like any other", () => {
  test.each(["RUN chmod 2775 data", "RUN chmod -R g+s /app/data"])("what a COPY brings: %s", (run) => {
    expect(fix(`COPY . .\n${run}`)).toContain("COPY --chown=65532:65532 . .");
  });

  test.each(["RUN install -d -m 2775 data", "RUN mkdir data && chmod g+rwxs data"])("what a RUN makes: %s", (run) => {
    expect(fix(run)).toContain(`${run} && find /app ! -user 65532 -exec chown -h 65532:65532 {} +`);
  });
});

describe("a COPY that may bring a setuid file is left alone", () => {
  test.each([
    ["COPY . .", "RUN chmod u+s helper"],
    ["COPY . .", "RUN setcap cap_net_raw+ep /app/bin/ping"],
    ["COPY helper .", "RUN chmod 4755 helper"],
    ["COPY helper.bin run.sh ./", "RUN chmod 4755 helper.bin"],
    ["COPY helper.bin /app/helper", "RUN chmod 4755 /app/helper"],
    ["COPY *.bin ./", "RUN chmod u+s helper.bin"],
    ["COPY run.sh .", "RUN chmod u+s /app/*"],
    ["COPY . .", "RUN touch gen/su && chmod u+s gen/su"],
  ])("%s / %s", (copy, run) => {
    expect(fix(`${copy}\n${run}`)).toContain(`\n${copy}\n`);
  });
});
