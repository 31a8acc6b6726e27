/** What a known message is: a pattern with what it means, which field decides it, and what to do. Pure data. */

/** Where the matter is decided. Both texts are templates. */
export interface Decider {
  /** The file, or the object in the cluster: `Containerfile`, `the Task`. */
  readonly file: string;
  readonly field: string;
}

/** One thing to do. All texts are templates; values filled into `run` are quoted for the shell. */
export interface Step {
  /** A sentence. */
  readonly do: string;
  /** One line for a POSIX shell. */
  readonly run?: string;
  /** Left out when the paste already says this. */
  readonly unlessKnown?: string;
}

/**
 * A message that people meet. Templates hold `%{name}` or `%{name|what stands there when it is not known}`; names are the
 * pattern's groups, those of the frames around it ({@link Frame}), and those that `places.ts` derives from them.
 */
export interface KnownMessage {
  readonly id: string;
  /** Who says it, for people: `the kubelet`. */
  readonly from: string;
  /** Source of a regular expression, matched on text in which every run of blanks is one space. */
  readonly pattern: string;
  /** Letter case is ignored. */
  readonly anyCase?: true;
  /** As met; the tests read it with this and every other pattern. */
  readonly example: string;
  readonly means: string;
  readonly decides: readonly Decider[];
  readonly steps: readonly Step[];
  /** Rules whose pages tell more. */
  readonly rules?: readonly string[];
  /** Not worth a word beside a message that says more, wherever that stands in the paste. */
  readonly weak?: true;
}

/** What stands around a message and names things in it: `the step "build" in TaskRun "ci" failed to start …`. */
export interface Frame {
  readonly pattern: string;
  /** `near`: names what stands in or right behind it. `all`: names everything in the paste, when it names one thing only. */
  readonly reach: "near" | "all";
}

/** The tail that kubelets since 1.21 put behind their texts, which names pod, namespace and container. */
export const podTail = String.raw`(?: \(pod: "(?<pod>[^"_ ]{1,253})_(?<namespace>[^"( ]{1,63})\([^)]{0,64}\)", container: (?<container>[^\s)]{1,63})\))?`;
