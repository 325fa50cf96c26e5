import assert from "node:assert/strict";
import { FatalClientError } from "./errors.ts";
import { MpubScanner } from "./mpub.ts";

const MAX_MESSAGE_BYTES = 100;
const MAX_BODY_BYTES = 1000;

/** An MPUB body. @param count as announced */
function body(messages: readonly number[], count = messages.length): DataView {
  const bytes = new Uint8Array(4 + messages.reduce((sum, size) => sum + 4 + size, 0));
  const view = new DataView(bytes.buffer);
  view.setInt32(0, count);
  let at = 4;
  for (const size of messages) {
    view.setInt32(at, size);
    at += 4 + size;
  }
  return view;
}

function newScanner(): MpubScanner {
  return new MpubScanner(MAX_MESSAGE_BYTES, MAX_BODY_BYTES);
}

function spansOf(scanner: MpubScanner): number[] {
  return [...scanner.spans.subarray(0, 2 * scanner.count)];
}

Deno.test("MpubScanner finds the same messages wherever the body is split", () => {
  const view = body([1, 20, 100, 3]);
  const whole = newScanner();
  assert.ok(whole.scan(view, 0, view.byteLength));
  assert.deepEqual(spansOf(whole), [8, 9, 13, 33, 37, 137, 141, 144]);
  assert.equal(whole.length, view.byteLength);
  for (let first = 0; first < view.byteLength; first++) {
    for (let second = first; second < view.byteLength; second += 7) {
      const scanner = newScanner();
      assert.ok(!scanner.scan(view, 0, first));
      assert.ok(!scanner.scan(view, 0, second));
      assert.ok(scanner.scan(view, 0, view.byteLength));
      assert.deepEqual(spansOf(scanner), spansOf(whole), `split at ${first} and ${second}`);
    }
  }
});

Deno.test("MpubScanner leaves alone what follows the body", () => {
  const messages = body([5, 6]);
  const bytes = new Uint8Array(messages.byteLength + 50).fill(0xff);
  bytes.set(new Uint8Array(messages.buffer), 10);
  const scanner = newScanner();
  assert.ok(scanner.scan(new DataView(bytes.buffer), 10, bytes.length - 10));
  assert.equal(scanner.length, messages.byteLength);
});

Deno.test("MpubScanner serves one body after the other, also with many messages", () => {
  const scanner = newScanner();
  const many = body(new Array<number>(190).fill(1));
  for (const view of [body([4]), many, body([1, 2])]) {
    scanner.reset();
    assert.ok(scanner.scan(view, 0, view.byteLength));
    assert.equal(scanner.count, view.getInt32(0));
    assert.equal(spansOf(scanner).at(-1), view.byteLength);
  }
});

Deno.test("MpubScanner says what is wrong as soon as it can be known", () => {
  const cases: [DataView, number, string][] = [
    [body([], 0), 4, "E_BAD_BODY MPUB invalid message count 0"],
    [body([], -1), 4, "E_BAD_BODY MPUB invalid message count -1"],
    [body([], 200), 4, "E_BAD_BODY MPUB invalid message count 200"],
    [body([3, 0]), 15, "E_BAD_MESSAGE MPUB invalid message(1) body size 0"],
    [body([101]), 8, "E_BAD_MESSAGE MPUB message too big 101 > 100"],
    [
      body(new Array<number>(10).fill(100)),
      4 + 104 * 9 + 4,
      "E_BAD_BODY MPUB body too big 1044 > 1000",
    ],
  ];
  for (const [view, knownAt, message] of cases) {
    const scanner = newScanner();
    assert.ok(!scanner.scan(view, 0, knownAt - 1));
    assert.throws(
      () => scanner.scan(view, 0, knownAt),
      (error) => error instanceof FatalClientError && error.message === message,
      message,
    );
  }
  const negative = body([1]);
  negative.setInt32(4, -5);
  assert.throws(() => newScanner().scan(negative, 0, 8), /invalid message\(0\) body size -5/);
});

Deno.test("MpubScanner takes the most messages and bytes that fit", () => {
  const most = body(new Array<number>(199).fill(1)); // (1000 - 4) / 5
  assert.ok(newScanner().scan(most, 0, most.byteLength));
  const longest = body([...new Array<number>(9).fill(100), 56]); // 4 + 9 * 104 + 60
  assert.equal(longest.byteLength, MAX_BODY_BYTES);
  assert.ok(newScanner().scan(longest, 0, longest.byteLength));
});

Deno.test("MpubScanner.truncated says where the body ended", () => {
  const view = body([10, 10]);
  const texts: [number, string][] = [
    [0, "E_BAD_BODY MPUB failed to read message count"],
    [3, "E_BAD_BODY MPUB failed to read message count"],
    [4, "E_BAD_MESSAGE MPUB failed to read message(0) body size"],
    [8, "E_BAD_MESSAGE MPUB failed to read message body"],
    [18, "E_BAD_MESSAGE MPUB failed to read message(1) body size"],
    [31, "E_BAD_MESSAGE MPUB failed to read message body"],
  ];
  for (const [available, message] of texts) {
    const scanner = newScanner();
    assert.ok(!scanner.scan(view, 0, available));
    assert.equal(scanner.truncated(available).message, message);
  }
});
