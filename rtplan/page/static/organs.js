// A value picked from a table fills in its number and its source; both stay to be read and changed.
for (const list of document.querySelectorAll("select.picked")) {
  list.addEventListener("change", () => {
    const number = list.name.split("-")[1];
    const [value, source] = list.value.split("|");
    if (!value) return;
    const field = (name) => document.querySelector(`[name="${name}-${number}"]`);
    field("alpha_beta").value = value.replace(/\.0$/, "");
    field("source").value = source;
    field("use").checked = true;
  });
}
