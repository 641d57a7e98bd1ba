//! A scripted HTTP/1.1 server on loopback: feed server and webhook sink in one, every answer decided by the story.
//!
//! ```ignore
//! let server = HttpServer::start();                        // http://127.0.0.1:PORT, everything is 404
//! server.feed("/feed.xml", RSS);                           // 200 with ETag and Last-Modified, 304 when they come back
//! server.reply("/hook", Reply::status(200));               // the same answer for ever: a webhook sink
//! server.script("/hook", [Reply::status(503), Reply::reset()]); // answers used up first, one a request
//! server.answer("/x", |request| Reply::ok(request.target.clone())); // whatever a closure says
//! // … poll http://127.0.0.1:PORT/feed.xml …
//! assert_eq!(server.seen("/feed.xml")[0].status, 200);     // what was asked, and what it was answered with
//! server.wait_for("/hook", 2).await;                       // until that path was asked twice (10 s at most)
//! ```
//!
//! The server runs on a thread of its own, so that a story may block or start other processes. It ends with its value:
//! connections that hang are closed then. Request bodies are read by `Content-Length`.

mod authority;

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};

pub use authority::Authority;

/// How long a story waits for a request before it fails.
const PATIENCE: Duration = Duration::from_secs(10);

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// In order, names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// When it had been read whole.
    pub at: Instant,
    /// What it was answered with; 0 where a fault stood in place of an answer.
    pub status: u16,
}

impl Request {
    /// The target without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// An answer, or what goes wrong in its place.
#[derive(Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Body,
    fault: Fault,
}

type Pieces = Box<dyn Iterator<Item = Vec<u8>> + Send>;

#[derive(Clone)]
enum Body {
    Whole(Vec<u8>),
    Chunks(Arc<dyn Fn() -> Pieces + Send + Sync>),
    /// Everything, status line included, as the story wrote it; then the connection is closed.
    Raw(Vec<u8>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    Reset,
    Close,
    Hang,
    Half,
    Stall,
}

impl Reply {
    /// A status with an empty body.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Body::Whole(Vec::new()), fault: Fault::None }
    }

    /// 200 with this body.
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::status(200).body(body)
    }

    /// A redirect: 301, 302, 307, 308.
    pub fn redirect(status: u16, location: impl Into<String>) -> Self {
        Self::status(status).header("location", location)
    }

    /// 200 with a chunked body made while it is sent; it may be endless, and is made anew for each request.
    pub fn chunks<I>(pieces: impl Fn() -> I + Send + Sync + 'static) -> Self
    where
        I: Iterator<Item = Vec<u8>> + Send + 'static,
    {
        Self { body: Body::Chunks(Arc::new(move || Box::new(pieces()))), ..Self::status(200) }
    }

    /// Exactly these bytes, status line and all, and then the end of the connection.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self { body: Body::Raw(bytes.into()), ..Self::status(0) }
    }

    /// The connection is reset (RST) in place of an answer.
    pub fn reset() -> Self {
        Self::status(0).fault(Fault::Reset)
    }

    /// The connection is closed in place of an answer.
    pub fn close() -> Self {
        Self::status(0).fault(Fault::Close)
    }

    /// Nothing is said until the other side or the server goes.
    pub fn hang() -> Self {
        Self::status(0).fault(Fault::Hang)
    }

    /// Adds a header; `content-length` may be a lie, all others are sent as they stand.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// With this body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Body::Whole(body.into());
        self
    }

    /// Half of the body (of chunks: all but the closing one), and then the end of the connection.
    pub fn half(self) -> Self {
        self.fault(Fault::Half)
    }

    /// Half of the body, and then nothing until the other side or the server goes.
    pub fn stall(self) -> Self {
        self.fault(Fault::Stall)
    }

    fn fault(mut self, fault: Fault) -> Self {
        self.fault = fault;
        self
    }
}

type Answer = Box<dyn FnMut(&Request) -> Reply + Send>;

#[derive(Default)]
struct Route {
    script: VecDeque<Reply>,
    always: Option<Answer>,
}

#[derive(Default)]
struct Shared {
    routes: Mutex<HashMap<String, Route>>,
    requests: Mutex<Vec<Request>>,
    arrived: Condvar,
    arrived_async: Notify,
    connections: AtomicUsize,
}

/// The server; see the top of the file.
pub struct HttpServer {
    address: SocketAddr,
    tls: bool,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl HttpServer {
    /// On 127.0.0.1 and a free port.
    pub fn start() -> Self {
        Self::start_at("127.0.0.1", None)
    }

    /// On another loopback address (`127.0.0.2`, `::1`).
    pub fn start_on(host: &str) -> Self {
        Self::start_at(host, None)
    }

    /// On 127.0.0.1 with TLS, under a certificate for `localhost` and `127.0.0.1`.
    pub fn start_tls(authority: &Authority) -> Self {
        Self::start_at("127.0.0.1", Some(authority.server_config(&["localhost", "127.0.0.1"])))
    }

    /// With everything said.
    pub fn start_at(host: &str, tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let host: IpAddr = host.parse().unwrap();
        let listener = std::net::TcpListener::bind((host, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let (stop, stopped) = oneshot::channel();
        let with_tls = tls.is_some();
        let acceptor = tls.map(tokio_rustls::TlsAcceptor::from);
        let inner = shared.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::from_std(listener).unwrap();
                tokio::select! {
                    () = accept(listener, acceptor, inner) => (),
                    _ = stopped => (),
                }
            });
        });
        Self { address, tls: with_tls, shared, stop: Some(stop), thread: Some(thread) }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// `http://127.0.0.1:PORT` and the path.
    pub fn url(&self, path: &str) -> String {
        let host = match self.address.ip() {
            IpAddr::V6(v6) => format!("[{v6}]"),
            IpAddr::V4(v4) => v4.to_string(),
        };
        self.url_as(&host, path)
    }

    /// The same under another name of that host, such as `localhost`.
    pub fn url_as(&self, host: &str, path: &str) -> String {
        format!("{}://{host}:{}{path}", if self.tls { "https" } else { "http" }, self.port())
    }

    /// Serves a body as good publishers do: with `ETag` and `Last-Modified`, and 304 when either comes back.
    /// Called again, it is the feed's next edition.
    pub fn feed(&self, path: &str, body: impl Into<Vec<u8>>) {
        self.feed_as(path, "application/rss+xml", body);
    }

    /// The same with another content type.
    pub fn feed_as(&self, path: &str, content_type: &str, body: impl Into<Vec<u8>>) {
        let body = body.into();
        let content_type = content_type.to_owned();
        // FNV-1a: a text that follows the body is all that an entity tag needs to be.
        let hash =
            body.iter().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x100_0000_01b3));
        let etag = format!("\"{hash:016x}\"");
        let modified =
            httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + hash % 1_000_000));
        self.answer(path, move |request| {
            let same = match request.header("if-none-match") {
                Some(tag) => tag == etag,
                None => request.header("if-modified-since") == Some(modified.as_str()),
            };
            let reply =
                if same { Reply::status(304) } else { Reply::ok(body.clone()).header("content-type", &content_type) };
            reply.header("etag", &etag).header("last-modified", &modified)
        });
    }

    /// This answer from now on.
    pub fn reply(&self, path: &str, reply: Reply) {
        self.answer(path, move |_| reply.clone());
    }

    /// What this closure says from now on.
    pub fn answer(&self, path: &str, answer: impl FnMut(&Request) -> Reply + Send + 'static) {
        lock(&self.shared.routes).entry(path.to_owned()).or_default().always = Some(Box::new(answer));
    }

    /// These answers first, one a request; what stood there before follows them.
    pub fn script(&self, path: &str, replies: impl IntoIterator<Item = Reply>) {
        lock(&self.shared.routes).entry(path.to_owned()).or_default().script.extend(replies);
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.shared.requests).clone()
    }

    /// The requests to a path so far.
    pub fn seen(&self, path: &str) -> Vec<Request> {
        lock(&self.shared.requests).iter().filter(|r| r.path() == path).cloned().collect()
    }

    /// Connections accepted so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Waits until a path was asked so many times, and gives those requests; fails after ten seconds.
    pub async fn wait_for(&self, path: &str, count: usize) -> Vec<Request> {
        let wait = async {
            loop {
                let mut arrived = std::pin::pin!(self.shared.arrived_async.notified());
                arrived.as_mut().enable();
                let seen = self.seen(path);
                if seen.len() >= count {
                    return seen;
                }
                arrived.await;
            }
        };
        let seen = tokio::time::timeout(PATIENCE, wait).await;
        seen.unwrap_or_else(|_| panic!("{path} was asked {} times, not {count}", self.seen(path).len()))
    }

    /// The same for a story that blocks.
    pub fn wait_for_blocking(&self, path: &str, count: usize) -> Vec<Request> {
        let few = |requests: &mut Vec<Request>| requests.iter().filter(|r| r.path() == path).count() < count;
        let (requests, late) =
            self.shared.arrived.wait_timeout_while(lock(&self.shared.requests), PATIENCE, few).unwrap();
        drop(requests);
        assert!(!late.timed_out(), "{path} was asked {} times, not {count}", self.seen(path).len());
        self.seen(path)
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A story that failed while it held a lock has said so already.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

async fn accept(listener: TcpListener, tls: Option<tokio_rustls::TlsAcceptor>, shared: Arc<Shared>) {
    loop {
        let Ok((socket, _)) = listener.accept().await else { continue };
        shared.connections.fetch_add(1, Ordering::SeqCst);
        let (shared, tls) = (shared.clone(), tls.clone());
        tokio::spawn(async move {
            let _ = socket.set_nodelay(true);
            match tls {
                None => serve(BufReader::new(socket), &shared, |s: BufReader<TcpStream>| reset(s.into_inner())).await,
                Some(tls) => {
                    // A client that does not trust the certificate goes here: its right.
                    let Ok(socket) = tls.accept(socket).await else { return };
                    serve(BufReader::new(socket), &shared, |s| reset(s.into_inner().into_inner().0)).await;
                }
            }
        });
    }
}

/// Sends RST in place of FIN.
fn reset(socket: TcpStream) {
    let _ = socket.set_zero_linger();
}

/// One connection, request after request; the end of it is the end of this function.
async fn serve<S>(mut socket: BufReader<S>, shared: &Shared, reset: impl FnOnce(BufReader<S>))
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(request) = read(&mut socket).await {
        let reply = next_reply(shared, &request);
        lock(&shared.requests).push(Request { status: reply.status, ..request.clone() });
        shared.arrived.notify_all();
        shared.arrived_async.notify_waiters();
        match reply.fault {
            Fault::Reset => return reset(socket),
            Fault::Close => return,
            Fault::Hang => return until_gone(&mut socket).await,
            _ => (),
        }
        let whole = write(&mut socket, &request, &reply).await.unwrap_or(false);
        if reply.fault == Fault::Stall {
            return until_gone(&mut socket).await;
        }
        if !whole {
            let _ = socket.shutdown().await;
            return;
        }
    }
}

fn next_reply(shared: &Shared, request: &Request) -> Reply {
    let mut routes = lock(&shared.routes);
    let Some(route) = routes.get_mut(request.path()) else { return Reply::status(404) };
    if let Some(reply) = route.script.pop_front() {
        return reply;
    }
    route.always.as_mut().map_or_else(|| Reply::status(404), |answer| answer(request))
}

async fn until_gone<S: AsyncRead + Unpin>(socket: &mut S) {
    let mut buffer = [0; 1024];
    while matches!(socket.read(&mut buffer).await, Ok(n) if n > 0) {}
}

async fn read<S: AsyncRead + Unpin>(socket: &mut BufReader<S>) -> Option<Request> {
    let mut line = String::new();
    socket.read_line(&mut line).await.ok()?;
    let mut words = line.split_ascii_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = Vec::new();
        if socket.read_until(b'\n', &mut line).await.ok()? == 0 {
            return None;
        }
        let line = String::from_utf8_lossy(&line);
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(n, _)| n == "content-length").map_or(Some(0), |(_, v)| v.parse().ok())?;
    let mut body = vec![0; length];
    socket.read_exact(&mut body).await.ok()?;
    Some(Request { method, target, headers, body, at: Instant::now(), status: 0 })
}

/// Writes an answer; whether the connection may serve another request.
async fn write<S: AsyncWrite + Unpin>(socket: &mut S, request: &Request, reply: &Reply) -> std::io::Result<bool> {
    if let Body::Raw(bytes) = &reply.body {
        socket.write_all(bytes).await?;
        socket.flush().await?;
        return Ok(false);
    }
    let bodyless = matches!(reply.status, 204 | 304) || request.method == "HEAD";
    let mut head = format!("HTTP/1.1 {} Scripted\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    match &reply.body {
        Body::Chunks(_) => head.push_str("transfer-encoding: chunked\r\n"),
        Body::Whole(body)
            if !bodyless && !reply.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case("content-length")) =>
        {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        _ => (),
    }
    head.push_str("\r\n");
    socket.write_all(head.as_bytes()).await?;
    let cut = matches!(reply.fault, Fault::Half | Fault::Stall);
    match &reply.body {
        _ if bodyless => (),
        Body::Whole(body) => socket.write_all(if cut { &body[..body.len() / 2] } else { body }).await?,
        Body::Chunks(pieces) => {
            for piece in pieces() {
                socket.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).await?;
                socket.write_all(&piece).await?;
                socket.write_all(b"\r\n").await?;
                // Lets the end of the server interrupt an endless body.
                tokio::task::yield_now().await;
            }
            if !cut {
                socket.write_all(b"0\r\n\r\n").await?;
            }
        }
        Body::Raw(_) => (),
    }
    socket.flush().await?;
    Ok(!cut)
}
