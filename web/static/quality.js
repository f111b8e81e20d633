/* Remarks about moments of a recording: a button takes the moment the player is at, and on an
   evaluation that was made plays from there. Holds no text. */

const players = [...document.querySelectorAll(".wave audio")];
const identOf = (audio) => new URL(audio.src).pathname.split("/").pop().replace(/\.[a-z]+$/, "");

function playing() {
  return players.find((audio) => !audio.paused) ?? players.find((audio) => audio.currentTime > 0) ?? players[0];
}

function written(at) {
  const whole = Math.floor(at);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

for (const button of document.querySelectorAll(".here")) {
  button.hidden = !players.length;
  button.addEventListener("click", () => {
    const row = button.closest("li");
    const audio = playing();
    row.querySelector("[name^=moment]").value = written(audio.currentTime);
    row.querySelector("[name^=recording]").value = identOf(audio);
    row.querySelector("[name^=words]").focus();
  });
}

for (const button of document.querySelectorAll(".moment")) {
  button.addEventListener("click", () => {
    const audio = players.find((one) => identOf(one) === button.dataset.recording) ?? players[0];
    if (!audio) return;
    audio.currentTime = Number(button.dataset.at);
    audio.play().catch(() => {}); // the browser's own controls say why
  });
}
