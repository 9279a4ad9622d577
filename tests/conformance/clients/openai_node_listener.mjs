// Listens to an AssistantStream and counts everything that it emits.

const EMITTED = [
  "event",
  "messageCreated",
  "messageDelta",
  "messageDone",
  "runStepCreated",
  "runStepDelta",
  "runStepDone",
  "toolCallCreated",
  "toolCallDelta",
  "toolCallDone",
  "textCreated",
  "textDelta",
  "textDone",
  "imageFileDone",
  "run",
  "connect",
  "end",
  "error",
  "abort",
];

const add = (counts, name) => {
  counts[name] = (counts[name] ?? 0) + 1;
};

// What the stream emits from now on, as JSON; complete once the stream is done.
export const listenTo = (stream) => {
  const seen = { callbacks: {}, events: {}, texts: [] };
  for (const name of EMITTED) {
    stream.on(name, () => add(seen.callbacks, name));
  }
  stream.on("event", ({ event }) => add(seen.events, event));
  stream.on("textDone", ({ value }) => seen.texts.push(value));
  return seen;
};
