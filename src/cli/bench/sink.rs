//! A mail server that takes everything and keeps nothing, on loopback.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Listens on a free port until the runtime ends; returns host and port.
pub(super) async fn open() -> io::Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move { converse(stream).await });
        }
    });
    Ok(address.to_string())
}

/// Commands as they come, several in one packet too; replies to all of them in one write.
async fn converse(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.write_all(b"220 bench ESMTP\r\n").await?;
    let (mut taken, mut replies) = (Vec::new(), Vec::new());
    let mut is_body = false;
    loop {
        let mut begin = 0;
        while let Some(length) = next(&taken[begin..], is_body) {
            let line = &taken[begin..begin + length];
            begin += length;
            if std::mem::take(&mut is_body) {
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
