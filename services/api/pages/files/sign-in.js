import { get, send } from "./api.js";
import { wording } from "./health.js";

const form = document.getElementById("form");
const problem = document.getElementById("problem");
const button = form.querySelector("button");

form.addEventListener("submit", async (submitted) => {
  submitted.preventDefault();
  button.disabled = true;
  problem.hidden = true;
  try {
    const { name, password, code } = form.elements;
    await send("POST", "/session", { name: name.value, password: password.value, code: code.value });
    location.replace("/" + location.search);
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
    const wantsCode = error.slug === "second_factor_needed";
    if (wantsCode) document.getElementById("second").hidden = false;
    form.elements[wantsCode ? "code" : "password"].select();
  } finally {
    button.disabled = false;
  }
});

function offer({ provider }) {
  const link = document.getElementById("provider");
  link.textContent = provider ?? "";
  link.hidden = !provider;
}

// Without an answer the password is still there.
get("/session/ways").then(offer, () => {});

const health = document.getElementById("health");

function show({ level, words }) {
  health.dataset.level = level;
  health.textContent = words;
}

get("/health")
  .then((found) => show(wording(found)))
  .catch((error) => show({ level: "failing", words: error.message }));
