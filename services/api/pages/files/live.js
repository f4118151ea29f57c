// The live feed; the browser reconnects by itself and says where it stopped.
export function follow({ event, state }) {
  let source;
  let timer;

  function connect() {
    source = new EventSource("/api/v1/live");
    source.addEventListener("open", () => state("live"));
    source.addEventListener("event", (message) => event(JSON.parse(message.data)));
    source.addEventListener("error", () => {
      state("broken");
      // A refusal (a service that restarts answers 502 or nothing) ends an EventSource for good: begin anew.
      if (source.readyState === EventSource.CLOSED) {
        clearTimeout(timer);
        timer = setTimeout(connect, 3000);
      }
    });
  }

  connect();
  addEventListener("pagehide", () => source.close());
}
