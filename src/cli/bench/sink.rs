//! A mail server on loopback that takes everything, keeps no mail, and writes down when each came; or one that does not answer.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::cli::failure::Failure;

/// How it answers to a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conduct {
    /// At once.
    Takes,
    /// After that time; other connections go on meanwhile.
    TakesAfter(Duration),
    /// The first mail gets no answer ever, all others one at once.
    HangsOnce,
    /// It greets nobody.
    Hangs,
}

/// The server; it listens until the runtime ends.
pub(super) struct Sink {
    address: String,
    book: Arc<Book>,
}

/// What it wrote down.
struct Book {
    conduct: Conduct,
    has_hung: AtomicBool,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    mails: Vec<Mail>,
    bytes: usize,
    /// How often each Message-ID came.
    copies: HashMap<Vec<u8>, u32>,
}

/// One mail that was taken.
#[derive(Clone, Copy, Debug)]
struct Mail {
    at: Instant,
    is_copy: bool,
}

/// Listens on a free port of loopback and holds each conversation beside the others, until the runtime ends; returns the address.
pub(super) async fn serve<B, F>(
    book: &Arc<B>,
    converse: impl Fn(TcpStream, Arc<B>) -> F + Send + 'static,
) -> Result<String, Failure>
where
    B: Send + Sync + 'static,
    F: Future<Output: Send> + Send + 'static,
{
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(|error| no_port(&error))?;
    let address = listener.local_addr().map_err(|error| no_port(&error))?.to_string();
    let book = Arc::clone(book);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, Arc::clone(&book)));
        }
    });
    Ok(address)
}

impl Sink {
    /// Listens on a free port.
    pub(super) async fn open(conduct: Conduct) -> Result<Self, Failure> {
        let book = Arc::new(Book { conduct, has_hung: AtomicBool::new(false), taken: Mutex::default() });
        let address = serve(&book, |stream, book| async move { converse(stream, &book).await }).await?;
        Ok(Self { address, book })
    }

    /// Host and port.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Mails taken, copies too.
    pub(super) fn taken(&self) -> usize {
        self.book.taken().mails.len()
    }

    /// Different mails taken.
    pub(super) fn different(&self) -> usize {
        self.book.taken().copies.len()
    }

    /// The size of a mail on the wire, bytes; 0 before the first.
    pub(super) fn mean_bytes(&self) -> usize {
        let taken = self.book.taken();
        taken.bytes / taken.mails.len().max(1)
    }

    /// How often the mail came that came most often.
    pub(super) fn most_copies(&self) -> u32 {
        self.book.taken().copies.values().copied().max().unwrap_or(0)
    }

    /// When the first mail came after that one, and was no copy.
    pub(super) fn new_after(&self, number: usize) -> Option<Instant> {
        self.book.taken().mails.iter().skip(number).find(|mail| !mail.is_copy).map(|mail| mail.at)
    }

    /// When the last mail came.
    pub(super) fn last(&self) -> Option<Instant> {
        self.book.taken().mails.last().map(|mail| mail.at)
    }

    /// The longest time without a mail from then on, up to the last.
    pub(super) fn longest_gap(&self, from: Instant) -> Duration {
        let taken = self.book.taken();
        let mut before = from;
        let mut longest = Duration::ZERO;
        for mail in taken.mails.iter().filter(|mail| mail.at >= from) {
            longest = longest.max(mail.at.duration_since(before));
            before = mail.at;
        }
        longest
    }
}

impl Book {
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Before the answer leaves: what is written down did come, whatever became of who sent it.
    fn write_down(&self, mail: &[u8]) {
        let id = message_id(mail).to_vec();
        let mut taken = self.taken();
        let copies = taken.copies.entry(id).or_default();
        *copies += 1;
        let is_copy = *copies > 1;
        taken.bytes += mail.len();
        taken.mails.push(Mail { at: Instant::now(), is_copy });
    }

    fn hangs_now(&self) -> bool {
        self.conduct == Conduct::HangsOnce && !self.has_hung.swap(true, Ordering::Relaxed)
    }
}

fn no_port(error: &io::Error) -> Failure {
    Failure::refused(error.to_string(), "free a port on 127.0.0.1")
}

/// Commands as they come, several in one packet too; replies to all of them in one write.
async fn converse(mut stream: TcpStream, book: &Book) -> io::Result<()> {
    stream.set_nodelay(true)?;
    if book.conduct == Conduct::Hangs {
        return std::future::pending().await;
    }
    stream.write_all(b"220 bench ESMTP\r\n").await?;
    let (mut taken, mut replies) = (Vec::new(), Vec::new());
    let mut is_body = false;
    loop {
        let mut begin = 0;
        let mut mails = 0_u32;
        while let Some(length) = next(&taken[begin..], is_body) {
            let line = &taken[begin..begin + length];
            begin += length;
            if std::mem::take(&mut is_body) {
                if book.hangs_now() {
                    return std::future::pending().await;
                }
                book.write_down(line);
                mails += 1;
                replies.extend_from_slice(b"250 2.0.0 Ok\r\n");
                continue;
            }
            let word: Vec<u8> = line.iter().take(4).map(u8::to_ascii_uppercase).collect();
            match word.as_slice() {
                b"EHLO" => replies.extend_from_slice(b"250-bench\r\n250 PIPELINING\r\n"),
                b"DATA" => {
                    is_body = true;
                    replies.extend_from_slice(b"354 go on\r\n");
                }
                b"QUIT" => return stream.write_all(b"221 bye\r\n").await,
                _ => replies.extend_from_slice(b"250 2.0.0 Ok\r\n"),
            }
        }
        taken.drain(..begin);
        if let Conduct::TakesAfter(time) = book.conduct {
            tokio::time::sleep(time * mails).await;
        }
        if !replies.is_empty() {
            stream.write_all(&replies).await?;
            replies.clear();
        }
        if stream.read_buf(&mut taken).await? == 0 {
            return Ok(());
        }
    }
}

/// The length of the next line, or of the body with its final dot.
fn next(taken: &[u8], is_body: bool) -> Option<usize> {
    let end: &[u8] = if is_body { b"\r\n.\r\n" } else { b"\r\n" };
    taken.windows(end.len()).position(|window| window == end).map(|at| at + end.len())
}

/// The value of the header; empty when there is none.
fn message_id(mail: &[u8]) -> &[u8] {
    const NAME: &[u8] = b"message-id:";
    let lines = mail.split(|byte| *byte == b'\n').take_while(|line| line.len() > 1);
    let is_named = |line: &&[u8]| line.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME));
    lines.filter(is_named).map(|line| line[NAME.len()..].trim_ascii()).next().unwrap_or_default()
}
