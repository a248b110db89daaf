"""An application behind a gateway, to try one with: it answers with who asks, and how. Port 3000."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Application(BaseHTTPRequestHandler):
    def do_GET(self):
        identity = [f"{name}: {value}\n" for name, value in self.headers.items() if name.lower().startswith("x-auth-")]
        body = "".join([f"{self.command} {self.path}\n", *identity]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("127.0.0.1", 3000), Application).serve_forever()
