// What the official Node SDK does with files and vector stores, chapter by chapter; each says what it saw.

import { argumentsFor, collect, MODEL, QUICKLY, refusal, saidFirst, user } from "./openai_node_chapters.mjs";
import { listenTo } from "./openai_node_listener.mjs";

const NAMES = ["ants", "bees", "cats", "dogs", "eels"];
const INCLUDE = ["step_details.tool_calls[*].file_search.results[*].content"];

export const fileChaptersOf = (client, version, toFile) => {
  const { inner, inStore, step, remove } = argumentsFor(version);
  const { threads, assistants } = client.beta;
  const stores = client.vectorStores;

  const fileOf = (name, text) => toFile(Buffer.from(text), name);
  const aboutIt = (name) => fileOf(`${name}.txt`, `All about ${name}.`);
  const whalesFile = () => fileOf("whales.txt", "Whales are the largest animals that ever lived.");
  const owlsFile = () =>
    fileOf("owls.md", "# Owls\n\nOwls hunt at night, and hear a mouse under the snow.");
  const upload = async (file, purpose = "assistants") =>
    client.files.create({ file: await file, purpose });

  // Files are uploaded, listed over more than two pages, downloaded and removed.
  const files = async () => {
    const made = [];
    for (const name of NAMES) made.push(await upload(aboutIt(name)));
    const lines = await upload(fileOf("你好.jsonl", '{"a": 1}\n'), "batch");
    const read = await client.files.retrieve(lines.id);
    const list = () => client.files.list({ limit: 2, purpose: "assistants" });
    const pages = await collect((await list()).iterPages());
    const listed = await collect(list());
    const deleted = [];
    const saw = {
      processed: (await client.files.waitForProcessing(made[0].id, { pollInterval: 20 })).status,
      read: [JSON.stringify(read) === JSON.stringify(lines), read.filename, read.bytes, read.purpose],
      pages: pages.map((page) => page.data.length),
      listed: listed.map((f) => f.id).join() === made.map((f) => f.id).reverse().join(),
      downloaded: await (await client.files.content(lines.id)).text(),
      "not to be downloaded": await refusal(() => client.files.content(made[0].id)),
    };
    for (const file of [...made, lines]) {
      deleted.push((await client.files[remove](file.id)).deleted);
    }
    const gone = await refusal(() => client.files.retrieve(lines.id), { file_id: lines.id });
    return { ...saw, deleted, gone };
  };

  // A vector store is filled by each of the helpers that wait, searched, and removed.
  const vectorStores = async () => {
    const made = [];
    for (let n = 0; n < 5; n += 1) made.unshift((await stores.create({ name: `Store ${n}` })).id);
    const expiry = { anchor: "last_active_at", days: 7 };
    const { id } = await stores.create({ name: "Animals", metadata: { a: "1" }, expires_after: expiry });
    const whales = (await upload(whalesFile())).id;
    const two = [];
    for (const name of NAMES.slice(0, 2)) two.push((await upload(aboutIt(name))).id);
    const body = { file_id: whales, attributes: { sea: true } };
    const added = await stores.files.createAndPoll(id, body, QUICKLY);
    const sent = await stores.files.uploadAndPoll(id, await owlsFile(), QUICKLY);
    const batch = await stores.fileBatches.createAndPoll(id, { file_ids: two }, QUICKLY);
    const uploads = await Promise.all(NAMES.slice(2).map(aboutIt));
    const last = await stores.fileBatches.uploadAndPoll(id, { files: uploads }, QUICKLY);
    const filters = { type: "eq", key: "sea", value: true };
    const found = (await stores.search(id, { query: "largest animals", filters })).data;
    const ofBatch = await collect(stores.fileBatches.listFiles(...inStore(id, batch.id)));
    const pages = await collect((await stores.files.list(id, { limit: 3 })).iterPages());
    const listed = await collect(stores.list({ limit: 2 }));
    const changes = { attributes: { legs: 0 } };
    const saw = {
      files: [added.status, added.attributes, sent.status, sent.attributes],
      batches: [batch, last].map((b) => [b.status, b.file_counts.completed, b.file_counts.total]),
      "of the batch": ofBatch.map((file) => file.id).sort().join() === two.sort().join(),
      "batch read": (await stores.fileBatches.retrieve(...inStore(id, batch.id))).status,
      "cancelled too late": (await stores.fileBatches.cancel(...inStore(id, batch.id))).status,
      pages: pages.map((page) => page.data.length),
      "of a kind": (await stores.files.list(id, { filter: "failed" })).data.length,
      counts: (await stores.retrieve(id)).file_counts,
      found: found.map((hit) => [hit.filename, hit.content[0].text, hit.score > 0 && hit.score <= 1]),
      text: (await collect(stores.files.content(...inStore(id, whales)))).map((part) => part.text),
      "file read": (await stores.files.retrieve(...inStore(id, whales))).status,
      "file changed": (await stores.files.update(...inStore(id, whales, changes))).attributes,
      "file removed": (await stores.files[remove](...inStore(id, whales))).deleted,
      changed: (await stores.update(id, { name: "Beasts" })).name,
      stores: listed.map((store) => store.id).join() === [id, ...made].join(),
      removed: [],
    };
    for (const store of [id, ...made]) saw.removed.push((await stores[remove](store)).deleted);
    return { ...saw, gone: await refusal(() => stores.retrieve(id), { vs_id: id }) };
  };

  // The text with what its citations stand for, whether each is where it says, and what it quotes.
  const cited = (message, names) => {
    const { value, annotations } = message.content[0].text;
    const points = [...value]; // offsets count code points, where strings of JavaScript count halves of some
    const at = (a) => points.slice(a.start_index, a.end_index).join("") === a.text;
    const quoted = ({ file_id, quote }, place) => [names[file_id], place, quote];
    return [value, annotations.map((a) => quoted(a.file_citation, at(a)))];
  };

  const results = (found) =>
    found.step_details.tool_calls[0].file_search.results.map((hit) => [
      hit.file_name,
      Boolean(hit.content?.length),
    ]);

  // A run searches the assistant's vector store and the file of a message, and cites what it found.
  const searching = async () => {
    const whales = (await upload(whalesFile())).id;
    const owls = (await upload(owlsFile())).id;
    const store = (await stores.create({ name: "Animals", file_ids: [whales] })).id;
    await stores.files.poll(store, whales, QUICKLY);
    const tools = [{ type: "file_search" }];
    const assistant = (
      await assistants.create({
        model: MODEL,
        tools,
        tool_resources: { file_search: { vector_store_ids: [store] } },
      })
    ).id;
    const thread = saidFirst("Search for whales.");
    thread.messages[0].attachments = [{ file_id: owls, tools }];
    const stream = threads.createAndRunStream({ assistant_id: assistant, thread });
    const seen = listenTo(stream);
    let message;
    stream.on("messageDone", (done) => {
      message = done;
    });
    const run = await stream.finalRun();
    const on = (rest) => inner(run.thread_id, run.id, rest);
    const steps = (await threads.runs.steps.list(...on({ order: "asc", include: INCLUDE }))).data;
    const bare = await threads.runs.steps.retrieve(...step(run.thread_id, run.id, steps[0].id, {}));
    await threads.messages.create(run.thread_id, user("Search for a mouse."));
    const second = await threads.runs.createAndPoll(
      run.thread_id,
      { assistant_id: assistant },
      QUICKLY,
    );
    const [answer] = (await threads.messages.list(run.thread_id, { run_id: second.id })).data;
    const names = { [whales]: "whales", [owls]: "owls" };
    const resources = (await threads.retrieve(run.thread_id)).tool_resources;
    return {
      stream: seen,
      first: cited(message, names),
      second: cited(answer, names),
      results: [results(steps[0]), results(bare)],
      "store of the thread": resources.file_search.vector_store_ids.length === 1,
    };
  };

  return { files, vector_stores: vectorStores, searching };
};
