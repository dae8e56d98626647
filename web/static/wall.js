// Sound on a new P1, if switched on; remembered on this screen. Two soft tones, made here.
const key = "ssoc.sound";
const button = document.getElementById("sound");
let heard = critical();
let audio = null;

function critical() {
  const list = document.getElementById("wall-head")?.dataset.critical || "";
  return new Set(list.split(" ").filter(Boolean));
}

function isOn() {
  return localStorage.getItem(key) === "on";
}

function show() {
  if (!button) return;
  const silent = isOn() && audio?.state !== "running";
  button.setAttribute("aria-pressed", String(isOn()));
  button.textContent = !isOn() ? "Sound off" : silent ? "Sound on: press once to allow it" : "Sound on";
}

function tone(at, frequency) {
  const wave = audio.createOscillator();
  const gain = audio.createGain();
  wave.frequency.value = frequency;
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(0.25, at + 0.03);
  gain.gain.linearRampToValueAtTime(0, at + 0.35);
  wave.connect(gain).connect(audio.destination);
  wave.start(at);
  wave.stop(at + 0.4);
}

function play() {
  if (!isOn() || audio?.state !== "running") return;
  tone(audio.currentTime, 660);
  tone(audio.currentTime + 0.45, 880);
  document.documentElement.dataset.played = String(Number(document.documentElement.dataset.played || 0) + 1);
}

async function wake() {
  audio ||= new AudioContext();
  await audio.resume();
  show();
}

button?.addEventListener("click", async () => {
  const asleep = isOn() && audio?.state !== "running";
  if (!asleep) localStorage.setItem(key, isOn() ? "off" : "on");
  if (isOn()) await wake();
  play();
  show();
});

document.addEventListener("live:replaced", () => {
  const present = critical();
  if ([...present].some((each) => !heard.has(each))) play();
  heard = present;
});

button?.removeAttribute("hidden");
show();
