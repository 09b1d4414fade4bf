// Dropped folders are sent file by file: a form takes a thousand files at most, two courses with images have more.
const place = document.getElementById("drop");
const status = document.getElementById("dropping");
const AT_ONCE = 4;

function say(text, values) {
  status.textContent = text.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}

async function filesBelow(entry, found) {
  if (entry.isFile) {
    found.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const inner of some) await filesBelow(inner, found);
  }
}

function groupsOf(files) {
  // A folder that was chosen comes as one list: its files are told apart by their first folder.
  const groups = new Map();
  let single = 0;
  for (const file of files) {
    const path = file.webkitRelativePath || "";
    const isWhole = /\.(zip|toml|json|txt|dvh)$/i.test(file.name);
    const key = isWhole ? `file ${single++}` : path.includes("/") ? path.split("/")[0] : "files";
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(file);
  }
  return [...groups.values()];
}

async function send(groups) {
  const address = `/case/${place.dataset.case}`;
  const stamp = Date.now().toString(36);
  const jobs = groups.flatMap((files, number) => files.map((file) => ({ file, group: `d${stamp}-${number}` })));
  const sources = new Set();
  let done = 0;
  async function worker() {
    for (let job = jobs.shift(); job; job = jobs.shift()) {
      const ending = (job.file.name.match(/\.[A-Za-z0-9]{1,5}$/) || [""])[0];
      const query = new URLSearchParams({ group: job.group, name: `file${ending}` });
      const answer = await fetch(`${address}/drop?${query}`, { method: "POST", body: job.file });
      const body = await answer.json();
      if (!answer.ok) throw new Error(body.message);
      sources.add(body.source);
      done += 1;
      say(place.dataset.dropping, { done, all: total });
    }
  }
  const total = jobs.length;
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } catch (fault) {
    say(fault instanceof TypeError ? place.dataset.lost : place.dataset.failed, { why: fault.message });
    return;
  }
  say(place.dataset.looking, {});
  const form = document.createElement("form");
  form.method = "post";
  form.action = `${address}/dropped`;
  for (const source of sources) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = "source";
    field.value = source;
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}

for (const name of ["dragenter", "dragover"]) {
  place.addEventListener(name, (event) => {
    event.preventDefault();
    place.classList.add("over");
  });
}
place.addEventListener("dragleave", () => place.classList.remove("over"));
place.addEventListener("drop", async (event) => {
  event.preventDefault();
  place.classList.remove("over");
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
  const loose = [];
  const groups = [];
  for (const entry of entries) {
    const files = [];
    await filesBelow(entry, files);
    if (entry.isDirectory) groups.push(files);
    else loose.push(...files);
  }
  groups.push(...groupsOf(loose));
  if (groups.some((files) => files.length)) await send(groups);
});
for (const id of ["folder", "files"]) {
  const field = document.getElementById(id);
  field.addEventListener("change", () => field.files.length && send(groupsOf([...field.files])));
}
for (const button of place.querySelectorAll("button")) button.hidden = true;
