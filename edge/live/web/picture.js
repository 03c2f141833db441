// The live picture, read part by part: so its age is known, and an old one is never shown as new.

// Reads the parts of a stream of pictures one after the other.
class Parts {
  constructor(body) {
    this.reader = body.getReader();
    this.bytes = new Uint8Array(0);
  }

  async more() {
    const { done, value } = await this.reader.read();
    if (done) throw new Error("the stream ended");
    const both = new Uint8Array(this.bytes.length + value.length);
    both.set(this.bytes);
    both.set(value, this.bytes.length);
    this.bytes = both;
  }

  async take(length) {
    while (this.bytes.length < length) await this.more();
    const taken = this.bytes.slice(0, length);
    this.bytes = this.bytes.slice(length);
    return taken;
  }

  async head() {
    for (;;) {
      const text = new TextDecoder("latin1").decode(this.bytes.subarray(0, 1000));
      const end = text.indexOf("\r\n\r\n");
      if (end >= 0) {
        await this.take(end + 4);
        return text.slice(0, end);
      }
      if (this.bytes.length >= 1000) throw new Error("not a stream of pictures");
      await this.more();
    }
  }

  async next() {
    const head = await this.head();
    const length = /content-length: *(\d{1,8})/i.exec(head);
    if (!length) throw new Error("a picture without a length");
    const number = /x-frame-number: *(\d{1,15})/i.exec(head);
    const jpeg = new Blob([await this.take(Number(length[1]))], { type: "image/jpeg" });
    return { jpeg, number: number ? Number(number[1]) : 0 };
  }
}

async function showStream(signal) {
  const answer = await fetch("/stream.mjpg", { signal, cache: "no-store" });
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
  const parts = new Parts(answer.body);
  const canvas = byId("canvas");
  for (;;) {
    const part = await parts.next();
    const bitmap = await createImageBitmap(part.jpeg);
    if (signal.aborted) return;
    if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
      canvas.width = bitmap.width;
      canvas.height = bitmap.height;
    }
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    bitmap.close();
    canvas.dataset.frame = part.number;
    PAGE.partAt = performance.now();
    markOld();
  }
}

// A page that nobody sees asks for nothing: the camera's computer has better things to do.
async function keepStream() {
  for (;;) {
    if (document.hidden) {
      await new Promise((resolve) => {
        document.addEventListener("visibilitychange", resolve, { once: true });
      });
      continue;
    }
    PAGE.stream = new AbortController();
    PAGE.streamAt = performance.now();
    try {
      await showStream(PAGE.stream.signal);
    } catch {
      // It is old by then, and says so.
    }
    PAGE.stream.abort();
    await wait(RETRY_MS);
  }
}

function markOld() {
  const isOld = PAGE.isLost || performance.now() - PAGE.partAt > OLD_MS;
  const picture = byId("picture");
  if (isOld && !picture.classList.contains("old") && PAGE.partAt > 0) {
    const ageMs = performance.now() - PAGE.partAt;
    say(byId("old-words"), `old picture from ${clockTime(new Date(Date.now() - ageMs))}`);
  }
  // A stream that is silent for long is begun anew.
  const silentMs = performance.now() - Math.max(PAGE.partAt, PAGE.streamAt);
  if (PAGE.stream && silentMs > 2 * OLD_MS) PAGE.stream.abort();
  picture.classList.toggle("old", isOld);
}
