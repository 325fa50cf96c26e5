import { MAX_NAME_LENGTH } from "./protocol.ts";

const VALID_NAME = /^[.a-zA-Z0-9_-]+(#ephemeral)?$/;
const EPHEMERAL_SUFFIX = "#ephemeral";

/** Whether `name` may name a topic or a channel: 1 to 64 of `.a-zA-Z0-9_-`, and perhaps `#ephemeral` at its end. */
export function isValidName(name: string): boolean {
  return name.length >= 1 && name.length <= MAX_NAME_LENGTH && !name.endsWith("\n") &&
    VALID_NAME.test(name);
}

/** Whether the topic or channel of this name goes away with its last user and keeps nothing on disk. */
export function isEphemeralName(name: string): boolean {
  return name.endsWith(EPHEMERAL_SUFFIX);
}
