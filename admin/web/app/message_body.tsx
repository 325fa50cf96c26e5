/** What a message holds: JSON laid out, text, or the bytes. */
import { useState } from "preact/hooks";
import { CopyButton } from "./copy_button.tsx";
import { laidOut } from "./json_layout.ts";

/** Bytes that are shown as digits. */
const MAX_HEX_BYTES = 4096;

export type BodyLook = "json" | "text" | "hex";

const LABELS: Record<BodyLook, string> = { json: "JSON", text: "Text", hex: "Hex" };

/** A body as it came: text, or bytes that are none. */
export type Body = { text: string } | { bytes: Uint8Array };

/** With buttons for the other ways to look at it. @param look the one to begin with, if it is one of this body's */
export function MessageBody({ body, look }: { body: Body; look?: BodyLook }) {
  const [chosen, choose] = useState<BodyLook | null>(null);
  const pretty = "text" in body ? laidOut(body.text) : null;
  const looks: BodyLook[] = "bytes" in body
    ? ["hex"]
    : pretty === null
    ? ["text", "hex"]
    : ["json", "text", "hex"];
  const wanted = chosen ?? look;
  const shown = wanted !== undefined && looks.includes(wanted) ? wanted : looks[0]!;
  const text = shown === "json"
    ? pretty!
    : shown === "text" && "text" in body
    ? body.text
    : hexOf(body);
  return (
    <div class="message-body">
      <div class="message-tools">
        {looks.length > 1 && (
          <span role="group" aria-label="Show as" class="choice">
            {looks.map((each) => (
              <button
                key={each}
                type="button"
                aria-pressed={each === shown}
                onClick={() => choose(each)}
              >
                {LABELS[each]}
              </button>
            ))}
          </span>
        )}
        <CopyButton
          text={shown === "hex" ? text : "text" in body ? body.text : text}
          label="Copy"
        />
      </div>
      <pre class={shown} tabIndex={0}>{text}</pre>
    </div>
  );
}

function hexOf(body: Body): string {
  const bytes = "bytes" in body ? body.bytes : new TextEncoder().encode(body.text);
  const lines = [];
  for (let at = 0; at < Math.min(bytes.length, MAX_HEX_BYTES); at += 16) {
    const row = [...bytes.subarray(at, Math.min(at + 16, MAX_HEX_BYTES))];
    const digits = row.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const text = row.map((byte) => byte >= 32 && byte < 127 ? String.fromCharCode(byte) : ".");
    lines.push(`${at.toString(16).padStart(6, "0")}  ${digits.padEnd(47)}  ${text.join("")}`);
  }
  if (bytes.length > MAX_HEX_BYTES) lines.push(`… ${bytes.length - MAX_HEX_BYTES} more bytes`);
  return lines.join("\n");
}
