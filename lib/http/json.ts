const UNSAFE = /[<>&\u2028\u2029]/g;

/**
 * JSON with the characters escaped that Go's encoding/json escapes, so that answers are the same
 * byte for byte and safe inside a web page.
 */
export function toJson(value: unknown): string {
  return JSON.stringify(value).replace(
    UNSAFE,
    (character) => "\\u" + character.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}
