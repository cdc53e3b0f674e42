"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  const makeCopyable = (within) => all("pre[data-copy]", within).forEach((pre) => {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "copy", textContent: "Copy" });
    button.addEventListener("click", async () => {
      const done = await navigator.clipboard?.writeText(pre.innerText).then(() => true, () => false);
      if (!done) getSelection().selectAllChildren(pre); // no clipboard here: it only remains to press Ctrl-C
      button.textContent = done ? "Copied" : "Selected";
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
    pre.before(button);
  });
  makeCopyable(document);

  // of many tables: what passed lies packed at the end of its feature, and is unpacked when it is looked for
  const unpacked = new Map(); // a feature's parts, in the order of its packed scenarios
  const unpack = async (feature) => {
    const bytes = Uint8Array.from(atob(feature.querySelector("template.packed").content.textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return (await new Response(stream).text()).split("<!---->");
  };
  const fill = async (scenario) => {
    const feature = scenario.closest(".feature");
    const number = all("[data-packed]", feature).indexOf(scenario);
    if (!unpacked.has(feature)) unpacked.set(feature, unpack(feature));
    const inside = scenario.querySelector(".inside");
    if (inside.firstElementChild) return;
    inside.innerHTML = (await unpacked.get(feature))[number];
    makeCopyable(inside);
  };
  const packed = all("details[data-packed]");
  for (const scenario of packed) scenario.addEventListener("toggle", () => scenario.open && fill(scenario));

  const form = document.querySelector("form.tools");
  if (!form) return;
  form.hidden = false;
  const scenarios = all("details.scenario");
  const texts = new Map(); // of scenarios, made when first searched
  const text = (s) => texts.get(s) ?? texts.set(s, `${s.closest(".feature").querySelector("h4").textContent} ${s.textContent}`.toLowerCase()).get(s);

  const filter = async () => {
    const { text: words, ...wanted } = Object.fromEntries(new FormData(form));
    const sought = words.trim().toLowerCase();
    if (sought) await Promise.all(packed.map(fill));
    for (const s of scenarios)
      s.hidden = Object.entries(wanted).some(([key, value]) => value && s.dataset[key] !== value)
        || (sought !== "" && !text(s).includes(sought));
    for (const part of all(".feature, .section")) part.hidden = !part.querySelector("details.scenario:not([hidden])");
    const shown = scenarios.filter((s) => !s.hidden).length;
    form.querySelector("output").value = shown < scenarios.length ? `${shown} of ${scenarios.length} scenarios` : "";
  };
  const reveal = () => {
    const scenario = document.getElementById(location.hash.slice(1))?.closest("details.scenario");
    if (!scenario) return;
    if (scenario.hidden) { form.reset(); filter(); }
    scenario.open = true;
    scenario.scrollIntoView();
    scenario.querySelector("summary").focus({ preventScroll: true });
  };

  for (const kind of ["input", "change"]) form.addEventListener(kind, filter);
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const button of all("[data-open]", form))
    button.addEventListener("click", () => scenarios.forEach((s) => s.hidden || (s.open = !!button.dataset.open)));
  addEventListener("hashchange", reveal);
  addEventListener("click", ({ target }) => { // a link to where the address already leads changes no hash
    if (target.closest("a")?.hash === location.hash) setTimeout(reveal);
  });
  reveal();
  filter(); // a browser may keep the form's values when the page is loaded again
})();
