//! The connection under an SMTP conversation: TCP without Nagle's delay, TLS when it is asked for, and a count of what was written.

use std::io::{self, Cursor, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use lettre::transport::smtp::client::AsyncTokioStream;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::SetupError;

/// Addresses of one host that are tried in turn.
const ADDRESSES_MAX: usize = 4;

/// Bytes of one reply before TLS (Postfix allows 100,000; before STARTTLS nobody needs them).
const REPLY_BYTES_MAX: usize = 16 * 1024;

/// A stream lettre can talk over.
#[derive(Debug)]
pub(super) struct Line {
    stream: Stream,
    /// Read before anything of the stream, see [`Line::replaying`].
    replay: Cursor<Vec<u8>>,
    written: Arc<AtomicU64>,
    heard: Heard,
}

/// What a server says while it greets; lettre tells of its extensions only those it uses itself.
#[derive(Clone, Debug)]
pub(super) struct Heard(Arc<Mutex<Option<Vec<u8>>>>);

impl Heard {
    fn add(&self, bytes: &[u8]) {
        if let Some(heard) = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_mut()
            && heard.len() < REPLY_BYTES_MAX
        {
            heard.extend_from_slice(bytes);
        }
    }

    /// What was heard; nothing is listened to any more.
    pub(super) fn end(&self) -> Greeting {
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default();
        Greeting(String::from_utf8_lossy(&heard).into_owned())
    }
}

/// What a server said when it greeted.
#[derive(Debug)]
pub(super) struct Greeting(String);

impl Greeting {
    /// Whether it offers that extension.
    pub(super) fn offers(&self, extension: &str) -> bool {
        self.0.lines().any(|line| {
            let word = line.get(4..).and_then(|text| text.split_whitespace().next());
            line.starts_with("250") && word.is_some_and(|word| word.eq_ignore_ascii_case(extension))
        })
    }

    /// The time it names, as Sendmail and Exim do: `220 mx ESMTP Exim 4.96 Wed, 25 Nov 2026 19:38:19 +0700`.
    pub(super) fn date(&self) -> Option<Timestamp> {
        let line = self.0.lines().find(|line| line.starts_with("220"))?;
        let days = ["Mon, ", "Tue, ", "Wed, ", "Thu, ", "Fri, ", "Sat, ", "Sun, "];
        let start = days.iter().filter_map(|day| line.rfind(day)).max()?;
        rfc2822::parse(line[start..].trim()).ok().map(|date| date.timestamp())
    }
}

#[derive(Debug)]
enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Line {
    /// Connects to the first address that answers; each has the whole time-out.
    pub(super) async fn connect(host: &str, port: u16, timeout: Duration) -> io::Result<TcpStream> {
        let found = tokio::time::timeout(timeout, tokio::net::lookup_host((host, port))).await?;
        let addresses = found.map_err(|_| io::ErrorKind::NotFound)?;
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for address in addresses.take(ADDRESSES_MAX) {
            match tokio::time::timeout(timeout, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    stream.set_nodelay(true)?;
                    return Ok(stream);
                }
                Ok(Err(error)) => last = error,
                Err(elapsed) => last = elapsed.into(),
            }
        }
        Err(last)
    }

    /// A line without TLS.
    pub(super) fn plain(stream: TcpStream) -> Self {
        Self::over(Stream::Plain(stream))
    }

    /// The TLS handshake on a connection.
    pub(super) async fn tls(stream: TcpStream, tls: &Tls) -> io::Result<Self> {
        let stream = TlsConnector::from(Arc::clone(&tls.config)).connect(tls.name.clone(), stream).await?;
        Ok(Self::over(Stream::Tls(Box::new(stream))))
    }

    /// After STARTTLS the session is back where it was after the greeting (RFC 3207, 4.2), and no second greeting comes. lettre
    /// waits for one: it gets the first again.
    pub(super) fn replaying(mut self, greeting: Vec<u8>) -> Self {
        self.heard.add(&greeting);
        self.replay = Cursor::new(greeting);
        self
    }

    /// Bytes taken from us so far; the counter goes on after the line was given away.
    pub(super) fn written(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.written)
    }

    /// What is said from now on, until it is asked for.
    pub(super) fn heard(&self) -> Heard {
        self.heard.clone()
    }

    fn over(stream: Stream) -> Self {
        let heard = Heard(Arc::new(Mutex::new(Some(Vec::new()))));
        Self { stream, replay: Cursor::default(), written: Arc::default(), heard }
    }
}

impl AsyncTokioStream for Line {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        match &self.stream {
            Stream::Plain(stream) => stream.peer_addr(),
            Stream::Tls(stream) => stream.get_ref().0.peer_addr(),
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let line = &mut *self;
        let count = Read::read(&mut line.replay, buffer.initialize_unfilled())?;
        if count > 0 {
            buffer.advance(count);
            return Poll::Ready(Ok(()));
        }
        let known = buffer.filled().len();
        let read = match &mut line.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        };
        line.heard.add(&buffer.filled()[known..]);
        read
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        };
        if let Poll::Ready(Ok(count)) = written {
            self.written.fetch_add(count as u64, Ordering::Relaxed);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(context),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

/// Whom to trust, and the name the server must prove.
#[derive(Clone, Debug)]
pub(super) struct Tls {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl Tls {
    /// The system's certificates, and those of `ca_file`.
    pub(super) fn new(host: &str, ca_file: Option<&Path>) -> Result<Self, SetupError> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| SetupError::ServerName)?;
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(path) = ca_file {
            for certificate in certificates(path)? {
                roots.add(certificate).map_err(|error| ca_file_error(path, &error))?;
            }
        }
        if roots.is_empty() {
            return Err(SetupError::NoRoots);
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { config: Arc::new(config), name })
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, SetupError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(found) if found.is_empty() => Err(ca_file_error(path, &"it holds no certificate")),
        Ok(found) => Ok(found),
        Err(error) => Err(ca_file_error(path, &error)),
    }
}

fn ca_file_error(path: &Path, why: &dyn std::fmt::Display) -> SetupError {
    SetupError::CaFile { path: path.to_owned(), why: why.to_string() }
}

/// One reply of a server before TLS, as it stands on the wire. More bytes than one reply are an error: somebody on the way may
/// have slipped in what would be taken for the first words under TLS.
pub(super) async fn read_reply(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(256);
    loop {
        match end_of_reply(&bytes) {
            Some(end) if end == bytes.len() => return Ok(bytes),
            Some(_) => return Err(io::Error::new(io::ErrorKind::InvalidData, "more than one reply")),
            None if bytes.len() > REPLY_BYTES_MAX => return Err(io::Error::new(io::ErrorKind::InvalidData, "reply too long")),
            None => {}
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// Where the first reply ends: after the line whose code is not followed by a dash (RFC 5321, 4.2.1).
fn end_of_reply(bytes: &[u8]) -> Option<usize> {
    let mut start = 0;
    while let Some(length) = bytes[start..].iter().position(|&byte| byte == b'\n') {
        let next = start + length + 1;
        if bytes.get(start + 3) != Some(&b'-') {
            return Some(next);
        }
        start = next;
    }
    None
}

/// Writes one command before TLS.
pub(super) async fn write_command(stream: &mut TcpStream, command: &str) -> io::Result<()> {
    stream.write_all(command.as_bytes()).await?;
    stream.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn small_writes_leave_at_once() {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("a socket").port();
        let stream = Line::connect("127.0.0.1", port, Duration::from_secs(10)).await.expect("a connection");
        assert!(stream.nodelay().expect("a socket"));
    }

    #[tokio::test]
    async fn a_name_nobody_has_is_said_to_be_unknown() {
        let error = Line::connect("no such name", 25, Duration::from_secs(10)).await.expect_err("no such host");
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn an_extension_is_offered_by_a_line_of_its_own() {
        let offers = |said: &str| Greeting(said.to_owned()).offers("PIPELINING");
        assert!(offers("220 hi\r\n250-a\r\n250-PIPELINING\r\n250 8BITMIME\r\n"));
        assert!(offers("220 hi\r\n250-a\r\n250 pipelining\r\n"));
        assert!(!offers("220 PIPELINING\r\n250-a\r\n250 SIZE PIPELINING\r\n"));
        assert!(!offers("220 hi\r\n250 a\r\n"));
    }

    #[test]
    fn a_greeting_may_name_the_time() {
        let date = |said: &str| Greeting(said.to_owned()).date().map(|date| date.to_string());
        let noon = Some("2026-11-25T12:38:19Z".to_owned());
        assert_eq!(date("220 mx ESMTP Exim 4.96 Wed, 25 Nov 2026 19:38:19 +0700\r\n250 a\r\n"), noon);
        assert_eq!(date("220 mx ESMTP Sendmail 8.17.1/8.17.1; Wed, 25 Nov 2026 12:38:19 GMT\r\n"), noon);
        assert_eq!(date("220 mx ESMTP Postfix\r\n"), None);
    }

    #[test]
    fn a_reply_ends_with_its_last_line() {
        assert_eq!(end_of_reply(b"220 ready\r\n"), Some(11));
        assert_eq!(end_of_reply(b"250-a\r\n250-STARTTLS\r\n250 b\r\n"), Some(28));
        assert_eq!(end_of_reply(b"250-a\r\n250-STARTTLS\r\n"), None);
        assert_eq!(end_of_reply(b"220 ready"), None);
        assert_eq!(end_of_reply(b"220 ready\r\n250 injected\r\n"), Some(11));
    }
}
