// The keyboard: j k move, Enter opens, Esc closes, / searches, p pauses.
export function onKeys({ rows, drawer, open, find, pause, closePanel }) {
  const step = (by) => {
    const next = rows.move(by);
    if (next && drawer.id) open(next.event_id);
  };
  const keys = {
    j: () => step(1),
    k: () => step(-1),
    p: pause,
    Enter: () => rows.selected && open(rows.selected),
    Escape: () => {
      closePanel();
      drawer.close();
    },
    "/": () => find.focus(),
  };
  document.addEventListener("keydown", (pressed) => {
    if (pressed.ctrlKey || pressed.metaKey || pressed.altKey) return;
    const field = pressed.target.closest("input, select, textarea");
    if (field && pressed.key === "Escape") return field.blur();
    if (field || (pressed.key === "Enter" && pressed.target.closest("button, a"))) return;
    const action = keys[pressed.key];
    if (!action) return;
    if (pressed.key === "Enter" && pressed.target.dataset.id) rows.select(pressed.target.dataset.id);
    pressed.preventDefault();
    action();
  });
}
