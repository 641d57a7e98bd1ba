//! A real SMTP server on loopback (RFC 5321, with STARTTLS, AUTH PLAIN and LOGIN, and SMTPUTF8), every reply decided by the story.
//!
//! ```ignore
//! let server = SmtpServer::start();                            // accepts everything from everybody
//! server.script("rcpt", ["451 4.7.1 greylisted"]);             // used up first, one a command
//! server.always("data", "554 5.6.0 not this");                 // from now on
//! server.refuse("gone@example.org", "550 5.1.1 no such user"); // one recipient
//! server.script("mail", [Reply::Drop]);                        // hangs up; `Reply::Hang` says nothing more
//! assert_eq!(server.mails()[0].to, ["a@example.org"]);         // what came, and how
//! ```
//!
//! Stages: `greeting ehlo starttls auth mail rcpt data message rset noop quit`. Runs on a thread of its own, and ends with its value.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// What a server says to a command, or does in place of an answer.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A reply line (or several, divided by CRLF).
    Say(String),
    /// The connection is closed.
    Drop,
    /// Nothing, until the other side or the server goes.
    Hang,
    /// A line that never ends.
    Endless,
}

impl From<&str> for Reply {
    fn from(text: &str) -> Self {
        Reply::Say(text.to_owned())
    }
}

/// What a server offers.
#[derive(Default, Clone)]
pub struct Offers {
    /// TLS after STARTTLS.
    pub starttls: Option<Arc<rustls::ServerConfig>>,
    /// TLS from the first byte.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// The one user and password; without a login no mail is taken then.
    pub login: Option<(&'static str, &'static str)>,
    /// Only AUTH LOGIN, as some providers have it.
    pub only_auth_login: bool,
    /// No SMTPUTF8.
    pub only_ascii: bool,
}

/// A message that arrived whole.
#[derive(Debug, Clone)]
pub struct Received {
    /// The envelope's sender.
    pub from: String,
    /// Parameters of MAIL.
    pub parameters: String,
    /// Its recipients, those that were accepted.
    pub to: Vec<String>,
    /// The message, dots unstuffed.
    pub content: Vec<u8>,
    /// Whether it came encrypted.
    pub tls: bool,
    /// Who was logged in.
    pub user: Option<String>,
    /// Whether the server took it.
    pub accepted: bool,
}

impl Received {
    /// The message as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.content).into_owned()
    }
}

#[derive(Default)]
struct Shared {
    script: Mutex<HashMap<String, VecDeque<Reply>>>,
    always: Mutex<HashMap<String, Reply>>,
    refuse: Mutex<HashMap<String, Reply>>,
    mails: Mutex<Vec<Received>>,
    logins: Mutex<Vec<(String, String)>>,
    commands: Mutex<Vec<String>>,
    connections: Mutex<usize>,
}

/// The server; see the top of the file.
pub struct SmtpServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl SmtpServer {
    /// In the clear, for everybody.
    pub fn start() -> Self {
        Self::offering(Offers::default())
    }

    pub fn offering(offers: Offers) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let (stop, stopped) = oneshot::channel();
        let inner = shared.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::from_std(listener).unwrap();
                tokio::select! {
                    () = accept(listener, offers, inner) => (),
                    _ = stopped => (),
                }
            });
        });
        Self { address, shared, stop: Some(stop), thread: Some(thread) }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// These replies first, one a command of that stage.
    pub fn script<R: Into<Reply>>(&self, stage: &str, replies: impl IntoIterator<Item = R>) {
        lock(&self.shared.script).entry(stage.to_owned()).or_default().extend(replies.into_iter().map(Into::into));
    }

    /// This reply from now on.
    pub fn always(&self, stage: &str, reply: impl Into<Reply>) {
        lock(&self.shared.always).insert(stage.to_owned(), reply.into());
    }

    /// This reply to RCPT for that address.
    pub fn refuse(&self, address: &str, reply: impl Into<Reply>) {
        lock(&self.shared.refuse).insert(address.to_owned(), reply.into());
    }

    /// Messages that came whole, accepted or not.
    pub fn mails(&self) -> Vec<Received> {
        lock(&self.shared.mails).clone()
    }

    /// Messages that were accepted.
    pub fn accepted(&self) -> Vec<Received> {
        self.mails().into_iter().filter(|m| m.accepted).collect()
    }

    /// Users and passwords that were tried.
    pub fn logins(&self) -> Vec<(String, String)> {
        lock(&self.shared.logins).clone()
    }

    /// The verbs of all commands so far.
    pub fn commands(&self) -> Vec<String> {
        lock(&self.shared.commands).clone()
    }

    /// Connections accepted so far.
    pub fn connections(&self) -> usize {
        *lock(&self.shared.connections)
    }
}

impl Drop for SmtpServer {
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

async fn accept(listener: TcpListener, offers: Offers, shared: Arc<Shared>) {
    loop {
        let Ok((socket, _)) = listener.accept().await else { continue };
        *lock(&shared.connections) += 1;
        let (offers, shared) = (offers.clone(), shared.clone());
        tokio::spawn(async move {
            let stream: Box<dyn Stream> = match &offers.tls {
                None => Box::new(socket),
                // A client that does not trust the certificate goes here: its right.
                Some(tls) => match tokio_rustls::TlsAcceptor::from(tls.clone()).accept(socket).await {
                    Ok(stream) => Box::new(stream),
                    Err(_) => return,
                },
            };
            let encrypted = offers.tls.is_some();
            let mut talk = Talk { stream: BufReader::new(stream), offers, shared, encrypted, user: None };
            // However it ends, the connection ends with it.
            let _ = talk.run().await;
        });
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// One connection.
struct Talk {
    stream: BufReader<Box<dyn Stream>>,
    offers: Offers,
    shared: Arc<Shared>,
    encrypted: bool,
    user: Option<String>,
}

/// The connection is over.
struct Over;

impl From<std::io::Error> for Over {
    fn from(_: std::io::Error) -> Self {
        Over
    }
}

#[derive(Default)]
struct Transaction {
    from: Option<String>,
    parameters: String,
    to: Vec<String>,
}

impl Talk {
    async fn run(&mut self) -> Result<(), Over> {
        self.answer("greeting", "220 mx.example.org ready").await?;
        let mut transaction = Transaction::default();
        loop {
            let line = self.line().await?;
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            let verb = verb.to_ascii_uppercase();
            lock(&self.shared.commands).push(verb.clone());
            match verb.as_str() {
                "EHLO" => {
                    let offers = self.capabilities();
                    self.answer("ehlo", &offers).await?;
                }
                "STARTTLS" if self.offers.starttls.is_some() => {
                    if self.answer("starttls", "220 go ahead").await? {
                        self.encrypt().await?;
                    }
                }
                "AUTH" => self.auth(rest).await?,
                "MAIL" if self.offers.login.is_some() && self.user.is_none() => self.say("530 log in first").await?,
                "MAIL" => {
                    if self.answer("mail", "250 2.1.0 ok").await? {
                        let parameters = rest.split_once('>').map_or("", |(_, p)| p).trim().to_owned();
                        transaction = Transaction { from: Some(path(rest)), parameters, to: Vec::new() };
                    }
                }
                "RCPT" => {
                    let to = path(rest);
                    let refusal = lock(&self.shared.refuse).get(&to).cloned();
                    let taken = match refusal {
                        Some(reply) => self.give(reply).await?,
                        None => self.answer("rcpt", "250 2.1.5 ok").await?,
                    };
                    if taken {
                        transaction.to.push(to);
                    }
                }
                "DATA" if transaction.to.is_empty() => self.say("503 5.5.1 nobody to send it to").await?,
                "DATA" => {
                    if self.answer("data", "354 go on").await? {
                        self.message(std::mem::take(&mut transaction)).await?;
                    }
                }
                "RSET" => {
                    transaction = Transaction::default();
                    self.answer("rset", "250 ok").await?;
                }
                "NOOP" => {
                    self.answer("noop", "250 ok").await?;
                }
                "QUIT" => {
                    self.answer("quit", "221 bye").await?;
                    return Err(Over);
                }
                _ => self.say("502 5.5.1 what?").await?,
            }
        }
    }

    fn capabilities(&self) -> String {
        let mut lines = vec!["mx.example.org".to_owned(), "8BITMIME".to_owned(), "PIPELINING".to_owned()];
        if !self.offers.only_ascii {
            lines.push("SMTPUTF8".to_owned());
        }
        if self.offers.starttls.is_some() && !self.encrypted {
            lines.push("STARTTLS".to_owned());
        }
        // As careful servers do: no password is asked for in the clear where TLS is to be had.
        if self.offers.login.is_some() && (self.encrypted || self.offers.starttls.is_none()) {
            lines.push(if self.offers.only_auth_login { "AUTH LOGIN" } else { "AUTH PLAIN LOGIN" }.to_owned());
        }
        let last = lines.len() - 1;
        let lines = lines.iter().enumerate().map(|(n, line)| format!("250{}{line}", if n < last { '-' } else { ' ' }));
        lines.collect::<Vec<_>>().join("\r\n")
    }

    async fn auth(&mut self, rest: &str) -> Result<(), Over> {
        let decoded =
            |text: &str| String::from_utf8_lossy(&STANDARD.decode(text.trim()).unwrap_or_default()).into_owned();
        let (mechanism, initial) = rest.split_once(' ').unwrap_or((rest, ""));
        let (user, password) = match mechanism {
            "PLAIN" => {
                let text = decoded(initial);
                let mut parts = text.split('\0').skip(1).map(str::to_owned);
                (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
            }
            _ => {
                self.say(&format!("334 {}", STANDARD.encode("Username:"))).await?;
                let user = decoded(&self.line().await?);
                self.say(&format!("334 {}", STANDARD.encode("Password:"))).await?;
                (user, decoded(&self.line().await?))
            }
        };
        lock(&self.shared.logins).push((user.clone(), password.clone()));
        let right = self.offers.login == Some((&user, &password));
        let reply = if right { "235 2.7.0 welcome" } else { "535 5.7.8 bad credentials" };
        if self.answer("auth", reply).await? {
            self.user = Some(user);
        }
        Ok(())
    }

    async fn message(&mut self, transaction: Transaction) -> Result<(), Over> {
        let mut content = Vec::new();
        loop {
            let mut line = Vec::new();
            if self.stream.read_until(b'\n', &mut line).await? == 0 {
                return Err(Over);
            }
            match line.as_slice() {
                b".\r\n" => break,
                line => content.extend_from_slice(line.strip_prefix(b".").unwrap_or(line)),
            }
        }
        let mail = Received {
            from: transaction.from.unwrap_or_default(),
            parameters: transaction.parameters,
            to: transaction.to,
            content,
            tls: self.encrypted,
            user: self.user.clone(),
            accepted: false,
        };
        lock(&self.shared.mails).push(mail);
        let place = lock(&self.shared.mails).len() - 1;
        let reply = self.next("message").unwrap_or_else(|| "250 2.0.0 taken".into());
        // Noted before it is said, so that whoever hears it finds it.
        lock(&self.shared.mails)[place].accepted = matches!(&reply, Reply::Say(text) if text.starts_with('2'));
        self.give(reply).await.map(drop)
    }

    async fn encrypt(&mut self) -> Result<(), Over> {
        let Some(tls) = self.offers.starttls.clone() else { return Err(Over) };
        let plain = std::mem::replace(&mut self.stream, BufReader::new(Box::new(tokio::io::empty())));
        let stream = tokio_rustls::TlsAcceptor::from(tls).accept(plain.into_inner()).await?;
        self.stream = BufReader::new(Box::new(stream));
        self.encrypted = true;
        Ok(())
    }

    async fn line(&mut self) -> Result<String, Over> {
        let mut line = String::new();
        match self.stream.read_line(&mut line).await? {
            0 => Err(Over),
            _ => Ok(line.trim_end().to_owned()),
        }
    }

    fn next(&self, stage: &str) -> Option<Reply> {
        let scripted = lock(&self.shared.script).get_mut(stage).and_then(VecDeque::pop_front);
        scripted.or_else(|| lock(&self.shared.always).get(stage).cloned())
    }

    /// What the story says at this stage, else `usual`; whether that was a yes.
    async fn answer(&mut self, stage: &str, usual: &str) -> Result<bool, Over> {
        let reply = self.next(stage).unwrap_or_else(|| usual.into());
        self.give(reply).await
    }

    async fn give(&mut self, reply: Reply) -> Result<bool, Over> {
        match reply {
            Reply::Say(text) => {
                self.say(&text).await?;
                Ok(text.starts_with(['2', '3']))
            }
            Reply::Drop => Err(Over),
            Reply::Hang => {
                let mut buffer = [0; 1024];
                while matches!(self.stream.read(&mut buffer).await, Ok(n) if n > 0) {}
                Err(Over)
            }
            Reply::Endless => {
                self.stream.write_all(b"250-").await?;
                loop {
                    self.stream.write_all(&[b'x'; 4096]).await?;
                }
            }
        }
    }

    async fn say(&mut self, text: &str) -> Result<(), Over> {
        self.stream.write_all(format!("{text}\r\n").as_bytes()).await?;
        self.stream.flush().await?;
        Ok(())
    }
}

/// The address in `FROM:<a@b> …`.
fn path(rest: &str) -> String {
    let inner = rest.split_once('<').map_or(rest, |(_, r)| r);
    inner.split_once('>').map_or(inner, |(p, _)| p).to_owned()
}
