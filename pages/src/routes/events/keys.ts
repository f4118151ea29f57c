/** Keys of a page: not while somebody types, not in a dialog, and never with Ctrl, Alt or Meta. */
type Action = () => unknown;

export function onKeys(keys: Record<string, Action>): (pressed: KeyboardEvent) => void {
  return (pressed) => {
    if (pressed.ctrlKey || pressed.metaKey || pressed.altKey) return;
    const target = pressed.target as Element;
    if (target.closest("input, select, textarea, dialog, [popover]")) return;
    if (pressed.key === "Enter" && target.closest("button, a, summary")) return;
    // The browser closes it, if nobody keeps it from doing so.
    if (pressed.key === "Escape" && document.querySelector(":popover-open")) return;
    const action = keys[pressed.key];
    if (!action) return;
    pressed.preventDefault();
    action();
  };
}
