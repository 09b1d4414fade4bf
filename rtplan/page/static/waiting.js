// Ask how far the answer is, and show it as soon as it is there.
const place = document.getElementById("working");

async function look() {
  try {
    const answer = await (await fetch(place.dataset.state)).json();
    if (answer.state !== place.dataset.shown) {
      location.reload();
      return;
    }
    if (answer.words && answer.state === "running") place.textContent = answer.words;
  } catch {
    // the page may come back: ask again
  }
  setTimeout(look, 700);
}
setTimeout(look, 700);
