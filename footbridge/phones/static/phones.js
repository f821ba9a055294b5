// The phones page: draws what the simulated carrier holds, keeps it live, and texts as whoever is picked.

const KEPT = "footbridge.phones";
const ROLES = { student: "Student", employer: "Employer", guardian: "Guardian", coordinator: "Coordinator" };
const FIRST_WORDS = {
  student: ["hi", "can i shadow a nurse?", "what is a job shadow"],
  employer: ["hi", "who is coming next week?", "what requests do I have?"],
  guardian: ["hola", "¿qué es esto?", "hi, who is this?"],
};
const PICTURE =
  '<svg viewBox="0 0 24 24" aria-hidden="true"><rect x="4" y="5.5" width="16" height="13" rx="2.5"/>' +
  '<circle cx="9" cy="10" r="1.5"/><path d="M5 17l4.5-4 3 2.5 3-3.5 4 4.5"/></svg>';

const byId = (id) => document.getElementById(id);
const main = byId("phones");
const tabs = byId("tabs");

let state = null;
let phones = []; // one entry a panel: { number, panel, drawn: Map(sid -> {row, text}) }
let chosen = ""; // the number whose phone is shown on a narrow screen
const unread = new Set();
let changes = 0; // how many events have come
const narrow = matchMedia("(max-width: 760px)");
let clockAhead = 0; // milliseconds between the installation's clock and this browser's

// --- what comes from the server

async function load() {
  // What changed while the answer was on its way is not in it: ask again.
  for (let tries = 0, before = -1; before !== changes && tries < 5; tries++) {
    before = changes;
    const answer = await fetch("/phones/state", { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    state = await answer.json();
  }
  setClock(state);
  const known = new Set(state.people.map((person) => person.number));
  const kept = readKept().filter((number) => known.has(number));
  show(kept.length ? kept : state.first_shown);
}

function listen() {
  const source = new EventSource("/phones/events");
  source.addEventListener("open", () => {
    setLive("live", "Live");
    load().catch(() => {}); // what happened while nobody listened
  });
  source.addEventListener("error", () => {
    setLive("lost", "Reconnecting");
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  });
  source.addEventListener("text", (event) => takeText(JSON.parse(event.data)));
  source.addEventListener("person", (event) => takePerson(JSON.parse(event.data)));
  source.addEventListener("pulse", (event) => takePulse(JSON.parse(event.data)));
}

function takeText(text) {
  changes += 1;
  const texts = (state.texts[text.number] ??= []);
  const at = texts.findIndex((known) => known.sid === text.sid);
  if (at >= 0) texts[at] = text;
  else texts.push(text);
  state.last_seq = Math.max(state.last_seq, text.seq);
  state.stopped = state.stopped.filter((number) => number !== text.number);
  if (text.stopped) state.stopped.push(text.number);
  for (const phone of phones.filter((one) => one.number === text.number)) drawText(phone, text, at < 0);
  if (at < 0 && !text.typed && text.number !== chosen) unread.add(text.number);
  drawTabs();
}

function takePerson(person) {
  if (!person) return;
  changes += 1;
  const at = state.people.findIndex((known) => known.number === person.number);
  if (at >= 0) state.people[at] = person;
  else state.people.push(person);
  state.texts[person.number] ??= [];
  phones.forEach(drawPerson);
  drawTabs();
}

async function takePulse(pulse) {
  setClock(pulse);
  const moved = pulse.last_seq !== state.last_seq || pulse.people_mark !== state.people_mark;
  Object.assign(state, { people_mark: pulse.people_mark });
  if (moved) await load();
}

async function send(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.error || `That did not work (HTTP ${answer.status}).`);
  return said;
}

function setLive(name, words) {
  const live = byId("live");
  if (live.dataset.state === name) return;
  live.dataset.state = name;
  live.textContent = words;
}

// --- which phones are open

function readKept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) || [];
  } catch {
    return [];
  }
}

function keep() {
  try {
    localStorage.setItem(KEPT, JSON.stringify(phones.map((phone) => phone.number)));
  } catch {
    // A browser that keeps nothing shows the first phones next time.
  }
}

function show(numbers) {
  const open = phones.map((phone) => phone.number);
  if (numbers.join() !== open.join()) {
    main.replaceChildren();
    phones = numbers.map(makePhone);
  }
  if (!numbers.includes(chosen)) chosen = numbers[0] || "";
  phones.forEach(drawPhone);
  drawTabs();
}

function openPhone(number) {
  if (!phones.some((phone) => phone.number === number)) {
    phones.push(makePhone(number));
    drawPhone(phones.at(-1));
    keep();
  }
  choose(number);
  drawTabs();
  const phone = phones.find((one) => one.number === number);
  phone.panel.scrollIntoView({ block: "nearest" });
  phone.box.focus();
}

function closePhone(phone) {
  phones = phones.filter((one) => one !== phone);
  phone.panel.remove();
  if (chosen === phone.number) choose(phones[0]?.number || "");
  phones.forEach(drawPerson);
  keep();
  drawTabs();
}

function choose(number) {
  chosen = number;
  unread.delete(number);
  for (const phone of phones) {
    phone.panel.classList.toggle("chosen", phone.number === number);
    if (phone.number === number) toEnd(phone);
  }
  drawTabs();
}

function drawTabs() {
  const focused = tabs.contains(document.activeElement);
  tabs.replaceChildren(
    ...phones.map((phone) => {
      const person = personAt(phone.number);
      const tab = element("button", "tab", person.name.split(" ")[0]);
      tab.type = "button";
      tab.id = `tab-${phone.number}`;
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-selected", String(phone.number === chosen));
      tab.setAttribute("aria-controls", `phone-${phone.number}`);
      tab.tabIndex = phone.number === chosen ? 0 : -1;
      if (unread.has(phone.number)) {
        const dot = element("span", "dot");
        tab.append(dot, element("span", "visually-hidden", "new texts"));
      }
      tab.addEventListener("click", () => choose(phone.number));
      return tab;
    }),
  );
  if (focused) byId(`tab-${chosen}`)?.focus();
}

tabs.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step || !phones.length) return;
  const at = phones.findIndex((phone) => phone.number === chosen);
  choose(phones[(at + step + phones.length) % phones.length].number);
  event.preventDefault();
});

// --- one phone

function makePhone(number) {
  const panel = byId("phone-template").content.firstElementChild.cloneNode(true);
  const phone = {
    number,
    panel,
    drawn: new Map(),
    pinned: true, // whether the newest text is in view and stays there
    log: panel.querySelector(".log"),
    screen: panel.querySelector(".screen"),
    choices: panel.querySelector(".choices"),
    box: panel.querySelector("textarea"),
    select: panel.querySelector(".person"),
  };
  panel.querySelector(".close").addEventListener("click", () => closePhone(phone));
  panel.querySelector(".switch").addEventListener("click", () => flip(phone));
  panel.querySelector(".picture").addEventListener("click", () => type(phone, phone.box.value.trim(), 1));
  panel.querySelector(".composer").addEventListener("submit", (event) => {
    event.preventDefault();
    type(phone, phone.box.value, 0);
  });
  phone.box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      type(phone, phone.box.value, 0);
    }
  });
  phone.box.addEventListener("input", () => grow(phone.box));
  phone.select.addEventListener("change", () => {
    phone.number = phone.select.value;
    drawPhone(phone);
    choose(phone.number);
    keep();
    phones.forEach(drawPerson);
  });
  phone.screen.addEventListener("scroll", () => {
    const { scrollHeight, scrollTop, clientHeight } = phone.screen;
    phone.pinned = scrollHeight - scrollTop - clientHeight < 60;
  });
  const sizes = new ResizeObserver(() => phone.pinned && toEnd(phone));
  sizes.observe(phone.screen);
  sizes.observe(phone.log);
  main.append(panel);
  return phone;
}

function drawPhone(phone) {
  phone.drawn.clear();
  phone.log.replaceChildren();
  drawPerson(phone);
  for (const text of state.texts[phone.number] || []) drawText(phone, text, false);
  drawEmpty(phone);
  drawChoices(phone);
  phone.panel.classList.toggle("chosen", phone.number === chosen);
  toEnd(phone);
}

function drawPerson(phone) {
  const person = personAt(phone.number);
  const id = `phone-${phone.number}`;
  phone.panel.id = id;
  if (narrow.matches) phone.panel.setAttribute("role", "tabpanel");
  else phone.panel.removeAttribute("role");
  phone.panel.dataset.role = person.role;
  phone.panel.setAttribute("aria-label", `${person.name}'s phone`);
  phone.panel.querySelector(".avatar").textContent = initials(person.name);
  const about = phone.panel.querySelector(".about");
  about.textContent = about.title = [ROLES[person.role], person.about].filter(Boolean).join(" · ");
  phone.panel.querySelector(".number").textContent = pretty(person.number);
  phone.screen.setAttribute("aria-label", `Texts on ${person.name}'s phone`);
  link(phone.panel.querySelector(".composer label"), phone.box, `${id}-box`, `Text as ${person.name}`);
  link(phone.panel.querySelector(".name label"), phone.select, `${id}-who`, "Whose phone this is");
  fillPeople(phone);
  const flipper = phone.panel.querySelector(".switch");
  flipper.setAttribute("aria-pressed", String(person.off));
  flipper.title = person.off ? "Switch this phone on" : "Switch this phone off";
  flipper.setAttribute("aria-label", `Phone switched off: ${person.name}`);
  const closer = phone.panel.querySelector(".close");
  closer.hidden = phones.length < 2;
  closer.title = "Put this phone away";
  closer.setAttribute("aria-label", `Put ${person.name}'s phone away`);
  for (const field of phone.panel.querySelectorAll(".composer button, textarea, .choice")) field.disabled = person.off;
  phone.box.placeholder = person.off ? "This phone is off" : "Text message";
  drawBanner(phone, person);
}

function drawBanner(phone, person) {
  const banner = phone.panel.querySelector(".banner");
  const stopped = state.stopped.includes(phone.number);
  banner.hidden = !person.off && !stopped;
  banner.textContent = person.off
    ? "Switched off. Texts to this phone are not delivered."
    : `${person.name.split(" ")[0]} has opted out. Texts are refused until START.`;
}

function fillPeople(phone) {
  const open = new Set(phones.map((one) => one.number));
  const groups = new Map();
  for (const person of state.people) {
    if (person.number !== phone.number && open.has(person.number)) continue;
    const title = person.added ? "Added here" : ROLES[person.role] || "Others";
    if (!groups.has(title)) groups.set(title, element("optgroup"));
    const group = groups.get(title);
    group.label = title;
    const option = element("option", "", person.name);
    option.value = person.number;
    group.append(option);
  }
  phone.select.replaceChildren(...groups.values());
  phone.select.value = phone.number;
}

function drawText(phone, text, fresh) {
  phone.log.querySelector(".empty")?.remove();
  const known = phone.drawn.get(text.sid);
  const row = known ? known.row : element("li", "text");
  if (!known || known.text.body !== text.body) {
    row.classList.toggle("typed", text.typed);
    const fine = element("p", "fine");
    fine.setAttribute("aria-live", "off");
    row.replaceChildren(bubble(text), fine);
  }
  const fine = row.querySelector(".fine");
  fine.textContent = fineWords(text);
  fine.classList.toggle("failed", isFailed(text));
  row.classList.toggle("lost", !text.typed && isFailed(text));
  if (!known) {
    addDay(phone, text);
    if (fresh) row.classList.add("fresh");
    phone.log.append(row);
  }
  phone.drawn.set(text.sid, { row, text });
  drawBanner(phone, personAt(phone.number));
  if (fresh || text.why) drawChoices(phone);
  if (phone.pinned || (fresh && text.typed)) toEnd(phone);
}

function bubble(text) {
  const shown = element("div", "bubble");
  shown.append(element("span", "visually-hidden", text.typed ? "Sent: " : "Footbridge: "));
  if (text.pictures) {
    const media = element("span", "media");
    media.append(svg(PICTURE), text.pictures > 1 ? `${text.pictures} pictures` : "Picture");
    shown.append(media);
  }
  shown.append(text.body);
  return shown;
}

function fineWords(text) {
  const time = clockTime(text.at);
  if (text.typed) {
    if (text.note === "stored") return `${time} · Received`;
    if (!text.note) return `${time} · Sending`;
    return `${time} · Not taken yet: ${text.note}`;
  }
  if (isFailed(text)) return `${time} · Not delivered: ${text.why}`;
  return `${time} · ${{ queued: "Sending", sent: "Sent", delivered: "Delivered" }[text.status] || text.status}`;
}

function isFailed(text) {
  return text.typed ? Boolean(text.note) && text.note !== "stored" : Boolean(text.why);
}

function addDay(phone, text) {
  const day = dayOf(text.at);
  if (phone.log.dataset.day !== day || !phone.drawn.size) {
    phone.log.dataset.day = day;
    phone.log.append(element("li", "day", day));
  }
}

function drawEmpty(phone) {
  if ((state.texts[phone.number] || []).length) return;
  const empty = element("li", "empty");
  const name = personAt(phone.number).name.split(" ")[0];
  empty.append(element("strong", "", "No texts yet"), `Write something below, as ${name}.`);
  phone.log.append(empty);
}

// The numbered lines of the last text, or first words, one tap away.
function drawChoices(phone) {
  const texts = state.texts[phone.number] || [];
  const last = texts.filter((text) => !text.why).at(-1);
  let offers = [];
  if (!texts.length) offers = (FIRST_WORDS[personAt(phone.number).role] || ["hi"]).map((words) => [words, words]);
  else if (last && !last.typed) {
    offers = [...last.body.matchAll(/^(\d{1,2})\. (.+)$/gm)].map((line) => [line[1], `${line[1]}. ${line[2]}`]);
  }
  phone.choices.replaceChildren(
    ...offers.slice(0, 8).map(([words, label]) => {
      const choice = element("button", "choice", label);
      choice.type = "button";
      choice.disabled = personAt(phone.number).off;
      choice.addEventListener("click", () => {
        type(phone, words, 0);
        phone.box.focus();
      });
      return choice;
    }),
  );
  phone.choices.hidden = !offers.length;
}

async function type(phone, words, pictures) {
  if (!words.trim() && !pictures) return;
  phone.choices.hidden = true;
  const sent = await attempt(phone, "/phones/texts", { from: phone.number, body: words.trim(), pictures });
  if (!sent) return drawChoices(phone);
  if (phone.box.value.trim() === words.trim()) phone.box.value = "";
  grow(phone.box);
}

// What the server said, or null with the reason shown on the phone.
async function attempt(phone, path, body) {
  const problem = phone.panel.querySelector(".problem");
  try {
    const said = await send(path, body);
    problem.hidden = true;
    return said;
  } catch (error) {
    problem.textContent = error instanceof TypeError ? "Footbridge cannot be reached. Try again in a moment." : error.message;
    problem.hidden = false;
    return null;
  }
}

async function flip(phone) {
  takePerson(await attempt(phone, "/phones/switch", { number: phone.number, off: !personAt(phone.number).off }));
}

// --- adding a phone

const dialog = byId("add");

byId("open-add").addEventListener("click", () => {
  const open = new Set(phones.map((phone) => phone.number));
  const rest = state.people.filter((person) => !open.has(person.number));
  const none = element("option", "", "Pick a person");
  none.value = "";
  byId("add-pick").replaceChildren(
    none,
    ...rest.map((person) => {
      const words = [person.name, ROLES[person.role] || ""].filter(Boolean).join(", ");
      const option = element("option", "", words);
      option.value = person.number;
      return option;
    }),
  );
  byId("add-form").reset();
  byId("add-problem").hidden = true;
  dialog.showModal();
});

byId("add-cancel").addEventListener("click", () => dialog.close());

byId("add-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const problem = byId("add-problem");
  problem.hidden = true;
  const picked = byId("add-pick").value;
  const name = byId("add-name").value.trim();
  const number = byId("add-number").value.trim();
  try {
    if (name || number || !picked) {
      const person = await send("/phones/people", { name, number });
      takePerson(person);
      dialog.close();
      openPhone(person.number);
    } else {
      dialog.close();
      openPhone(picked);
    }
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
  }
});

// --- small things

function setClock({ now, timezone }) {
  clockAhead = new Date(now).getTime() - Date.now();
  state.timezone = timezone;
  drawClock();
}

function drawClock() {
  if (!state) return;
  const now = new Date(Date.now() + clockAhead);
  const words = format(now, { weekday: "short", month: "short", day: "numeric", hour: "numeric", minute: "2-digit" });
  if (byId("clock").textContent !== words) byId("clock").textContent = words;
  byId("clock").dateTime = now.toISOString();
}

const format = (moment, options) =>
  new Intl.DateTimeFormat("en-US", { ...options, timeZone: state.timezone }).format(moment);
const clockTime = (iso) => format(new Date(iso), { hour: "numeric", minute: "2-digit" });
const dayOf = (iso) => format(new Date(iso), { weekday: "long", month: "long", day: "numeric" });

function personAt(number) {
  return state.people.find((person) => person.number === number) || { number, name: pretty(number), role: "", about: "" };
}

function pretty(number) {
  const parts = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number);
  return parts ? `${parts[1]}-${parts[2]}-${parts[3]}` : number;
}

function initials(name) {
  return name.split(/\s+/).slice(0, 2).map((word) => word[0] || "").join("").toUpperCase();
}

function element(tag, className = "", words = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (words) made.textContent = words;
  return made;
}

// Only for the constant above: never for anything that somebody wrote.
function svg(source) {
  return document.importNode(new DOMParser().parseFromString(source, "text/html").body.firstElementChild, true);
}

function link(label, field, id, words) {
  field.id = id;
  label.htmlFor = id;
  label.textContent = words;
}

function grow(box) {
  if (CSS.supports("field-sizing", "content")) return;
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight, 130)}px`;
}

narrow.addEventListener("change", () => phones.forEach(drawPerson));

function toEnd(phone) {
  phone.pinned = true;
  phone.screen.scrollTop = phone.screen.scrollHeight;
}

async function begin() {
  try {
    await load();
    listen();
    setInterval(drawClock, 1000);
  } catch {
    setLive("lost", "Cannot reach Footbridge");
    setTimeout(begin, 2000);
  }
}

begin();
