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

  // of many tables: what is folded lies packed within it, and what passed at the end of its feature, until it is looked for
  const unpack = async (template) => {
    const bytes = Uint8Array.from(atob(template.content.textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).text();
  };
  const unfold = async (details) => {
    const template = details.querySelector(":scope > template.packed");
    if (!template) return;
    const html = await unpack(template);
    if (template.isConnected) template.outerHTML = html;
  };
  const unpacked = new Map(); // a feature's parts, in the order of its packed scenarios
  const parts = async (feature) => (await unpack(feature.querySelector("template.insides"))).split("<!---->");
  const fill = async (scenario) => {
    const feature = scenario.closest(".feature");
    const number = all("[data-packed]", feature).indexOf(scenario);
    if (!unpacked.has(feature)) unpacked.set(feature, parts(feature));
    const inside = scenario.querySelector(".inside");
    if (inside.firstElementChild) return;
    inside.innerHTML = (await unpacked.get(feature))[number];
    makeCopyable(inside);
  };
  document.addEventListener("toggle", ({ target }) => target.open && (target.matches("[data-packed]") ? fill : unfold)(target), true);

  const form = document.querySelector("form.tools");
  if (!form) return;
  form.hidden = false;
  const scenarios = () => all("details.scenario");
  const unfoldAll = () => Promise.all(all("details.ones-passed").map(unfold));
  const texts = new Map(); // of scenarios, made when first searched
  const text = (s) => texts.get(s) ?? texts.set(s, `${s.closest(".feature").querySelector("h4").textContent} ${s.textContent}`.toLowerCase()).get(s);

  const asked = () => {
    const { text: words, ...wanted } = Object.fromEntries(new FormData(form));
    const sought = words.trim().toLowerCase();
    return { wanted, sought, filtered: sought !== "" || Object.values(wanted).some(Boolean) };
  };
  const filter = async () => {
    if (asked().filtered) await unfoldAll();
    if (asked().sought) await Promise.all(all("[data-packed]").map(fill));
    const { wanted, sought, filtered } = asked(); // more may have been typed meanwhile
    for (const s of scenarios())
      s.hidden = Object.entries(wanted).some(([key, value]) => value && s.dataset[key] !== value)
        || (sought !== "" && !text(s).includes(sought));
    for (const part of all(".feature, .section, .ones-passed"))
      part.hidden = filtered && !part.querySelector("details.scenario:not([hidden])");
    if (filtered) for (const ones of all("details.ones-passed:not([hidden])")) ones.open = true;
    const shown = scenarios().filter((s) => !s.hidden).length, of = scenarios().length;
    form.querySelector("output").value = shown < of ? `${shown} of ${of} scenarios` : "";
  };
  const number = (id) => Number(id?.slice(1));
  const reveal = async () => {
    const id = location.hash.slice(1);
    for (const ones of all("details.ones-passed"))
      if (number(ones.dataset.first) <= number(id) && number(id) <= number(ones.dataset.last)) await unfold(ones);
    const scenario = document.getElementById(id)?.closest("details.scenario");
    if (!scenario) return;
    if (scenario.hidden) { form.reset(); filter(); }
    for (const details of [scenario.closest("details.ones-passed"), scenario]) if (details) details.open = true;
    scenario.scrollIntoView();
    scenario.querySelector("summary").focus({ preventScroll: true });
  };

  for (const kind of ["input", "change"]) form.addEventListener(kind, filter);
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const button of all("[data-open]", form))
    button.addEventListener("click", async () => {
      if (button.dataset.open) await unfoldAll();
      for (const s of [...all("details.ones-passed"), ...scenarios()]) if (!s.hidden) s.open = !!button.dataset.open;
    });
  addEventListener("hashchange", reveal);
  addEventListener("click", ({ target }) => { // a link to where the address already leads changes no hash
    if (target.closest("a")?.hash === location.hash) setTimeout(reveal);
  });
  reveal();
  filter(); // a browser may keep the form's values when the page is loaded again
})();
