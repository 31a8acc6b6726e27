/** The outcome of something the world may refuse. Known refusals are values; only our own mistakes are thrown. */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

/** A successful {@link Result}. */
export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value });

/** A refused {@link Result}. */
export const err = <E>(error: E): Result<never, E> => ({ ok: false, error });
