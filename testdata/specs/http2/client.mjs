// What nghttp and curl do not send: PING, RST_STREAM, PRIORITY, a GOAWAY with data. node client.mjs PORT
import http2 from "node:http2";

const session = http2.connect(`http://127.0.0.1:${process.argv[2]}`, { settings: { enablePush: false, maxFrameSize: 20000 } });
session.on("error", (e) => console.error(e.message));
session.ping(Buffer.from("wirelaw!"), () => {
  const first = session.request({ ":path": "/large.txt" });
  first.on("error", () => {});
  first.priority?.({ exclusive: true, parent: 0, weight: 200 });
  first.once("response", () => first.close(http2.constants.NGHTTP2_CANCEL));
  first.resume();
  first.on("close", () => {
    const second = session.request({ ":path": "/small.txt", ":method": "HEAD" });
    second.resume();
    second.on("close", () => {
      session.goaway(http2.constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, Buffer.from("enough"));
      session.ping(() => session.close());
    });
  });
});
