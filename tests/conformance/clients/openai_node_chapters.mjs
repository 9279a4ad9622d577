// What the official Node SDK does in a conversation, chapter by chapter; each says what it saw.

import { listenTo } from "./openai_node_listener.mjs";

export const MODEL = "gpt-4o";
const WEATHER = {
  type: "function",
  function: {
    name: "get_weather",
    parameters: { type: "object", properties: { city: { type: "string" } } },
  },
};
export const QUICKLY = { pollIntervalMs: 20 };
const TWO_CITIES = "How is the weather in Oslo and in Rome?";
const RAIN_AND_SUN = ["rain", "sun"];

export const user = (content) => ({ role: "user", content });
export const saidFirst = (text) => ({ messages: [user(text)] });
const texts = (messages) =>
  messages.flatMap((m) => m.content.filter((p) => p.type === "text").map((p) => p.text.value));

export const collect = async (items) => {
  const found = [];
  for await (const item of items) found.push(item);
  return found;
};

const outputsFor = (run, outputs) =>
  run.required_action.submit_tool_outputs.tool_calls.map(({ id }, index) => ({
    tool_call_id: id,
    output: outputs[index],
  }));

// The class of the error and what it says, with names for ids that are never the same.
export const refusal = async (call, names = {}) => {
  try {
    await call();
  } catch (error) {
    let text = error.error.message;
    for (const [name, id] of Object.entries(names)) text = text.replaceAll(id, name);
    return [error.constructor.name, error.status, error.code, error.param, text];
  }
  return ["not refused"];
};

// Version 4 names the outer object first, later ones name the inner object and put the outer one's id into the body.
export const argumentsFor = (version) =>
  version.startsWith("4.")
    ? {
        inner: (thread, id, rest = {}) => [thread, id, rest],
        inStore: (store, id, rest = {}) => [store, id, rest],
        step: (thread, run, id, rest) => [thread, run, id, rest],
        remove: "del",
      }
    : {
        inner: (thread, id, rest = {}) => [id, { thread_id: thread, ...rest }],
        inStore: (store, id, rest = {}) => [id, { vector_store_id: store, ...rest }],
        step: (thread, run, id, rest) => [id, { thread_id: thread, run_id: run, ...rest }],
        remove: "delete",
      };

export const chaptersOf = (client, version) => {
  const { assistants, threads } = client.beta;
  const { inner, step, remove } = argumentsFor(version);

  const newAssistant = async () =>
    (await assistants.create({ model: MODEL, instructions: "Be kind.", tools: [WEATHER] })).id;

  const waiting = async (assistant, text) =>
    threads.createAndRunPoll({ assistant_id: assistant, thread: saidFirst(text) }, QUICKLY);

  // Everything that is made, read, changed and removed.
  const objects = async () => {
    const tools = [WEATHER, { type: "file_search" }];
    const made = await assistants.create({ model: MODEL, name: "Ann", tools, metadata: { a: "1" } });
    const thread = await threads.create({ ...saidFirst("Hello"), metadata: { b: "2" } });
    const message = await threads.messages.create(thread.id, user("Are you there?"));
    const on = (rest) => inner(thread.id, message.id, rest);
    const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
    return {
      "assistant read": same(await assistants.retrieve(made.id), made),
      tools: made.tools.map((tool) => tool.type),
      "assistant renamed": (await assistants.update(made.id, { name: "Eve" })).name,
      "thread read": (await threads.retrieve(thread.id)).metadata,
      "thread changed": (await threads.update(thread.id, { metadata: { c: "3" } })).metadata,
      "message read": same(await threads.messages.retrieve(...on()), message),
      "message changed": (await threads.messages.update(...on({ metadata: { d: "4" } }))).metadata,
      "message deleted": (await threads.messages[remove](...on())).deleted,
      "thread deleted": (await threads[remove](thread.id)).deleted,
      "assistant deleted": (await assistants[remove](made.id)).deleted,
      model: (await client.models.retrieve("scripted-model")).id,
      models: (await collect(client.models.list())).map((model) => model.id),
    };
  };

  // Lists over more than two pages, in both orders, from a cursor on.
  const lists = async () => {
    const messages = Array.from({ length: 45 }, (_, number) => user(String(number)));
    const thread = (await threads.create({ messages })).id;
    const list = (query) => threads.messages.list(thread, query);
    const ids = (await collect(list({ order: "asc", limit: 100 }))).map((message) => message.id);
    const before = await list({ order: "asc", before: ids[10], limit: 4 });
    const pages = await collect((await list({})).iterPages());
    const made = [];
    for (let n = 0; n < 5; n += 1) {
      made.unshift((await assistants.create({ model: MODEL, name: `List ${n}` })).id);
    }
    const listed = [];
    for await (const assistant of assistants.list({ limit: 2 })) {
      listed.push(assistant.id);
      if (listed.length === made.length) break;
    }
    return {
      "newest first": texts(await collect(list({}))),
      "oldest first": texts(await collect(list({ order: "asc", limit: 7 }))),
      pages: pages.map((page) => page.data.length),
      after: texts(await collect(list({ order: "asc", after: ids[41] }))),
      before: texts(before.data),
      assistants: listed.join() === made.join(),
    };
  };

  // Two runs on one thread, by the helpers that wait.
  const polling = async () => {
    const assistant = await newAssistant();
    const first = await waiting(assistant, TWO_CITIES);
    const thread = first.thread_id;
    const on = (rest) => inner(thread, first.id, rest);
    const answered = await threads.runs.submitToolOutputsAndPoll(
      ...on({ tool_outputs: outputsFor(first, RAIN_AND_SUN) }),
      QUICKLY,
    );
    await threads.messages.create(thread, user("Thank you."));
    const second = await threads.runs.createAndPoll(thread, { assistant_id: assistant }, QUICKLY);
    const steps = (await threads.runs.steps.list(...on({ order: "asc" }))).data;
    const include = ["step_details.tool_calls[*].file_search.results[*].content"];
    const calls = await threads.runs.steps.retrieve(...step(thread, first.id, steps[1].id, { include }));
    const runs = await collect(threads.runs.list(thread));
    return {
      statuses: [first.status, answered.status, second.status],
      tokens: answered.usage.total_tokens,
      steps: steps.map(({ type, status }) => [type, status]),
      outputs: calls.step_details.tool_calls.map((call) => call.function.output),
      said: texts(await collect(threads.messages.list(thread, { order: "asc" }))),
      "said by the run": texts(await collect(threads.messages.list(thread, { run_id: second.id }))),
      runs: runs.map((run) => run.id).join() === [second.id, first.id].join(),
      "run changed": (await threads.runs.update(...on({ metadata: { e: "5" } }))).metadata,
      "run read": (await threads.runs.retrieve(...on())).status,
    };
  };

  // The same by streams, and a third run by raw events.
  const streaming = async () => {
    const assistant = await newAssistant();
    const first = threads.createAndRunStream({ assistant_id: assistant, thread: saidFirst(TWO_CITIES) });
    const call = listenTo(first);
    const run = await first.finalRun();
    const thread = run.thread_id;
    const outputs = { tool_outputs: outputsFor(run, RAIN_AND_SUN) };
    const second = threads.runs.submitToolOutputsStream(...inner(thread, run.id, outputs));
    const answer = listenTo(second);
    const pieces = [];
    second.on("textDelta", ({ value }) => pieces.push(value));
    const steps = await second.finalRunSteps();
    await threads.messages.create(thread, user("Thank you."));
    const last = threads.runs.stream(thread, { assistant_id: assistant });
    const third = listenTo(last);
    const messages = await last.finalMessages();
    const raw = await threads.runs.create(thread, { assistant_id: assistant, stream: true });
    return {
      call,
      answer,
      third,
      pieces,
      final: [run.status, messages.map((m) => m.status), steps.map((s) => [s.type, s.status])],
      raw: (await collect(raw)).map(({ event }) => event),
    };
  };

  // A run that waits for outputs, and one in the middle of an answer, with its stream open.
  const cancelling = async () => {
    const assistant = await newAssistant();
    const parked = await waiting(assistant, "How is it in Oslo?");
    const on = inner(parked.thread_id, parked.id);
    const statuses = [
      (await threads.runs.cancel(...on)).status,
      (await threads.runs.poll(...on, QUICKLY)).status,
    ];
    const stream = threads.createAndRunStream({ assistant_id: assistant, thread: saidFirst("Wait.") });
    const seen = listenTo(stream);
    stream.once("textDelta", () => {
      const { thread_id: thread, id } = stream.currentRun();
      void threads.runs.cancel(...inner(thread, id));
    });
    const [message] = await stream.finalMessages();
    return {
      waiting: statuses,
      "open stream": seen,
      message: [message.status, message.incomplete_details?.reason ?? null],
      run: (await stream.finalRun()).status,
    };
  };

  // What the SDK makes of refusals, and of a run that fails.
  const errors = async () => {
    const assistant = await newAssistant();
    const parked = await waiting(assistant, TWO_CITIES);
    const thread = parked.thread_id;
    const ids = { thread_id: thread, run_id: parked.id };
    const outputs = outputsFor(parked, RAIN_AND_SUN);
    const calls = { call_0: outputs[0].tool_call_id, call_1: outputs[1].tool_call_id };
    const submit = (run, tool_outputs) =>
      threads.runs.submitToolOutputs(...inner(run.thread_id, run.id, { tool_outputs }));
    const failed = await waiting(assistant, "Fail.");
    const stream = threads.createAndRunStream({ assistant_id: assistant, thread: saidFirst("Fail.") });
    const failing = listenTo(stream);
    await stream.done();
    const unspoken = (await threads.create()).id;
    const silent = (await assistants.create({ model: MODEL })).id;
    return {
      missing: await refusal(() => threads.retrieve("thread_gone")),
      "wrong id": await refusal(() => threads.retrieve("undefined")),
      "message while locked": await refusal(() => threads.messages.create(thread, user("Well?")), ids),
      "run while locked": await refusal(
        () => threads.runs.create(thread, { assistant_id: assistant }),
        ids,
      ),
      "too few outputs": await refusal(() => submit(parked, outputs.slice(1)), calls),
      "late outputs": await refusal(() => submit(failed, outputs)),
      "nothing to say": await refusal(() =>
        threads.runs.create(unspoken, { assistant_id: silent, stream: true }),
      ),
      failed: [failed.status, failed.last_error.code],
      "failed stream": failing,
    };
  };

  return { objects, lists, polling, streaming, cancelling, errors };
};
