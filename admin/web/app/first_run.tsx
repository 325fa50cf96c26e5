/** What to do with a cluster in which there is nothing yet: commands to copy. */
import type { Overview } from "../../console/contract.ts";
import { config } from "./config.ts";
import { CopyButton } from "./copy_button.tsx";

/** @param example some node that answers; null for none */
export function FirstRun({ example }: { example: Overview["example"] }) {
  const lookupd = (config.lookupds[0] ?? "127.0.0.1:4161").replace(/:\d+$/, "");
  const steps: [title: string, command: string][] = example === null
    ? [
      [
        "Start a broker that registers with lookupd, on the port of its --tcp-address",
        `nsq nsqd --lookupd-tcp-address=${lookupd}:4160 --data-path=/var/lib/nsq`,
      ],
    ]
    : [
      [
        "Publish a first message: it makes the topic",
        `curl -d 'hello' 'http://${example.http}/pub?topic=test'`,
      ],
      [
        "Consume it: each line is a message",
        `nsq tail --topic=test --channel=first --nsqd-tcp-address=${example.tcp}`,
      ],
      [
        "Make a channel before its consumer is there: it gets all that comes from then on",
        `curl -X POST 'http://${example.http}/channel/create?topic=test&channel=archive'`,
      ],
    ];
  return (
    <div class="card first-run">
      <h3>{example === null ? "No broker yet" : "No topics yet"}</h3>
      <p class="muted">
        {example === null
          ? "No nsqd has registered. This is how the first one is started:"
          : "The first message published to a topic creates it. To try it:"}
      </p>
      <ol>
        {steps.map(([title, command]) => (
          <li key={command}>
            <p>{title}</p>
            <div class="command">
              <code>{command}</code> <CopyButton text={command} label="Copy" />
            </div>
          </li>
        ))}
      </ol>
    </div>
  );
}
