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
    await send("POST", "/session", { name: form.elements.name.value, password: form.elements.password.value });
    location.replace("/" + location.search);
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
    form.elements.password.select();
  } finally {
    button.disabled = false;
  }
});

const health = document.getElementById("health");

function show({ level, words }) {
  health.dataset.level = level;
  health.textContent = words;
}

get("/health")
  .then((found) => show(wording(found)))
  .catch((error) => show({ level: "failing", words: error.message }));
