"""The live page of the server: one HTML text without anything from elsewhere, in English and Spanish.

It holds nothing of the bundle: what it shows comes from `POST /predict`, as text and never as markup. Its policy
allows the one script and the one style below, by their hashes, and requests to its own server.
"""

from __future__ import annotations

import base64
import hashlib

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --accent: #2f6fde; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; font: 1rem/1.45 system-ui, sans-serif; }
header { display: flex; align-items: center; gap: 1rem; }
h1 { flex: 1; font-size: 1.15rem; margin: 0; }
main { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 1.5rem; margin-top: 1rem; }
@media (max-width: 42rem) { main { grid-template-columns: minmax(0, 1fr); } }
#view { position: relative; min-height: 15rem; border: 2px dashed var(--line); border-radius: .6rem; overflow: hidden;
  display: grid; place-items: center; text-align: center; }
#view.over { border-color: var(--accent); }
#view video, #view img { width: 100%; display: block; }
#hint { padding: 2rem 1rem; opacity: .75; }
.row { display: flex; flex-wrap: wrap; gap: .6rem; margin-top: .8rem; align-items: center; }
button, input, .button { font: inherit; padding: .45rem .9rem; border-radius: .4rem; border: 1px solid var(--line); }
button.first { background: var(--accent); border-color: var(--accent); color: #fff; }
button, .button { cursor: pointer; }
:focus-visible, .button:focus-within { outline: 3px solid var(--accent); outline-offset: 2px; }
.button input { position: absolute; width: 1px; height: 1px; padding: 0; opacity: 0; }
#answer { font-size: 1.9rem; font-weight: 650; margin: 0; overflow-wrap: anywhere; }
#sure { margin: .1rem 0 1rem; opacity: .75; }
table { width: 100%; border-collapse: collapse; }
td { padding: .25rem 0; overflow-wrap: anywhere; }
td:nth-child(2) { width: 45%; padding: 0 .6rem; }
td:last-child { text-align: right; width: 4em; font-variant-numeric: tabular-nums; }
meter { width: 100%; }
#problem { color: #c0392b; min-height: 1.5em; }
[hidden] { display: none !important; }
"""

_BODY = """
<header><h1>Edge Transfer</h1>
<button type="button" id="language" lang="es">Español</button></header>
<div class="row" id="login" hidden><label for="token" data-text="token"></label>
<input id="token" type="password" autocomplete="off"><button type="button" id="enter" data-text="enter"></button></div>
<main><section><div id="view"><p id="hint" data-text="hint"></p>
<video id="video" muted playsinline hidden></video><img id="picture" alt="" hidden></div>
<div class="row"><button type="button" class="first" id="camera" data-text="start"></button>
<label class="button"><span data-text="choose"></span><input id="file" type="file" accept="image/*"></label></div>
<p id="problem" role="alert"></p></section>
<section aria-live="polite"><p id="answer">–</p><p id="sure"></p>
<table><tbody id="top"></tbody></table></section></main>
"""

_SCRIPT = """
'use strict';
const texts = {
  en: {token: 'Token', enter: 'Enter', hint: 'Start the camera, or drop a picture here.',
    start: 'Start the camera', stop: 'Stop the camera', choose: 'Choose a picture…',
    unknown: 'unknown', perhaps: 'perhaps', ms: 'ms in the network',
    insecure: 'The browser gives the camera to localhost and https only. Drop a picture instead.',
    denied: 'The camera cannot be used: ', gone: 'The server does not answer.',
    wrong: 'The token is missing or wrong.'},
  es: {token: 'Clave', enter: 'Entrar', hint: 'Enciende la cámara o suelta aquí una imagen.',
    start: 'Encender la cámara', stop: 'Apagar la cámara', choose: 'Elegir una imagen…',
    unknown: 'desconocido', perhaps: 'quizá', ms: 'ms en la red',
    insecure: 'El navegador solo da la cámara a localhost y a https. Suelta una imagen.',
    denied: 'No se puede usar la cámara: ', gone: 'El servidor no responde.',
    wrong: 'La clave falta o no es correcta.'}
};
const at = id => document.getElementById(id);
const canvas = document.createElement('canvas');
let language = (navigator.language || 'en').startsWith('es') ? 'es' : 'en';
let token = sessionStorage.getItem('token') || '';
let stream = null, turn = 0, last = null;

function say(key, more) { at('problem').textContent = key ? texts[language][key] + (more || '') : ''; }

function retranslate() {
  document.documentElement.lang = language;
  for (const each of document.querySelectorAll('[data-text]')) each.textContent = texts[language][each.dataset.text];
  at('camera').textContent = texts[language][stream ? 'stop' : 'start'];
  at('language').textContent = language === 'en' ? 'Español' : 'English';
  at('language').lang = language === 'en' ? 'es' : 'en';
  if (last) show(last);
}

function show(answer) {
  last = answer;
  const words = texts[language];
  at('answer').textContent = answer.unknown ? words.unknown : answer.label;
  at('sure').textContent = (answer.unknown ? words.perhaps + ' ' + answer.label + ', ' : '') +
    (100 * answer.probability).toFixed(1) + ' %, ' + answer.ms.infer.toFixed(1) + ' ' + words.ms;
  at('top').replaceChildren(...answer.top.map(([label, probability]) => {
    const row = document.createElement('tr'), name = document.createElement('td'), bar = document.createElement('td');
    const number = document.createElement('td'), meter = document.createElement('meter');
    name.textContent = label;
    meter.value = probability;
    meter.setAttribute('aria-label', label);
    number.textContent = (100 * probability).toFixed(1) + ' %';
    bar.append(meter);
    row.append(name, bar, number);
    return row;
  }));
}

async function ask(body) {
  const headers = token ? {Authorization: 'Bearer ' + token} : {};
  let response;
  try { response = await fetch('/predict', {method: 'POST', headers, body}); } catch { say('gone'); return false; }
  const answer = await response.json();
  at('login').hidden = response.status !== 401;
  if (response.status === 401) say('wrong');
  else if (!response.ok) at('problem').textContent = answer.error;
  else { say(''); show(answer); }
  return response.ok || response.status === 503;
}

const wait = ms => new Promise(done => setTimeout(done, ms));

async function look(mine) {
  const video = at('video');
  while (stream && mine === turn) {
    if (video.videoWidth) {
      const scale = Math.min(1, 640 / Math.max(video.videoWidth, video.videoHeight));
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      canvas.getContext('2d').drawImage(video, 0, 0, canvas.width, canvas.height);
      const picture = await new Promise(done => canvas.toBlob(done, 'image/jpeg', 0.92));
      if (!await ask(picture)) stop();
    }
    await wait(100);
  }
}

function stop() {
  turn += 1;
  if (stream) for (const track of stream.getTracks()) track.stop();
  stream = null;
  at('video').hidden = true;
  at('hint').hidden = !at('picture').hidden;
  retranslate();
}

async function start() {
  if (!navigator.mediaDevices) { say('insecure'); return; }
  try { stream = await navigator.mediaDevices.getUserMedia({video: {width: 640, height: 480}}); }
  catch (error) { say('denied', error.message); return; }
  at('picture').hidden = at('hint').hidden = true;
  at('video').hidden = false;
  at('video').srcObject = stream;
  await at('video').play();
  retranslate();
  look(++turn);
}

function take(file) {
  if (!file) return;
  stop();
  URL.revokeObjectURL(at('picture').src);
  at('picture').src = URL.createObjectURL(file);
  at('picture').hidden = false;
  at('hint').hidden = true;
  ask(file);
}

at('camera').addEventListener('click', () => stream ? stop() : start());
at('file').addEventListener('change', event => take(event.target.files[0]));
at('language').addEventListener('click', () => { language = language === 'en' ? 'es' : 'en'; retranslate(); });
at('enter').addEventListener('click', () => {
  token = at('token').value.trim();
  sessionStorage.setItem('token', token);
  at('login').hidden = true;
  say('');
});
at('token').addEventListener('keydown', event => { if (event.key === 'Enter') at('enter').click(); });
document.addEventListener('dragover', event => { event.preventDefault(); at('view').classList.add('over'); });
document.addEventListener('dragleave', () => at('view').classList.remove('over'));
document.addEventListener('drop', event => {
  event.preventDefault();
  at('view').classList.remove('over');
  take(event.dataTransfer.files[0]);
});
retranslate();
"""


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Edge Transfer</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    f"<style>{_STYLE}</style></head><body>{_BODY}<script>{_SCRIPT}</script></body></html>"
)
HEADERS = {
    "content-security-policy": (
        f"default-src 'none'; script-src 'sha256-{_hash(_SCRIPT)}'; style-src 'sha256-{_hash(_STYLE)}'; "
        "img-src blob:; media-src blob: mediastream:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
    "referrer-policy": "no-referrer",
}
