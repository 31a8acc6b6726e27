import { defineRule } from "../rule.ts";

/** Found while the ignore comments are read (`ignore-comments.ts`), so there is nothing to check here. */
export const rule = defineRule({
  id: "ignore-comment",
  title: "An ignore comment names rules that exist and gives a reason",
  severity: "warning",
  messages: {
    noReason: "This comment asks to ignore {rules} without a reason, so it is not obeyed",
    unknownRule: 'There is no rule "{rule}"{meant}, so this comment silences nothing by that name',
    malformed: 'This comment is not of the form "image-fix ignore=RULE -- reason", so it is not obeyed',
  },
  check: () => {},
});
