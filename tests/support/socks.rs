//! The least a SOCKS5 proxy can be: no authentication, CONNECT only, and a list of where to.

use std::io;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Server, lock, serve};

pub struct Socks {
    server: Server,
    targets: Arc<Mutex<Vec<String>>>,
}

impl Socks {
    pub fn start() -> Self {
        let targets = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&targets);
        let server = serve(move |stream, _| {
            let targets = Arc::clone(&shared);
            async move {
                let _ = relay(stream, &targets).await;
            }
        });
        Self { server, targets }
    }

    pub fn url(&self) -> String {
        format!("socks5://{}", self.server.address)
    }

    /// `host:port` of every connection made through it.
    pub fn targets(&self) -> Vec<String> {
        lock(&self.targets).clone()
    }
}

/// RFC 1928.
async fn relay(mut near: TcpStream, targets: &Mutex<Vec<String>>) -> io::Result<()> {
    let (_version, methods) = (near.read_u8().await?, near.read_u8().await?);
    near.read_exact(&mut vec![0; usize::from(methods)]).await?;
    near.write_all(&[5, 0]).await?;
    let mut request = [0; 4];
    near.read_exact(&mut request).await?;
    let host = match request[3] {
        1 => std::net::Ipv4Addr::from(near.read_u32().await?).to_string(),
        4 => std::net::Ipv6Addr::from(near.read_u128().await?).to_string(),
        _ => {
            let mut name = vec![0; usize::from(near.read_u8().await?)];
            near.read_exact(&mut name).await?;
            String::from_utf8_lossy(&name).into_owned()
        }
    };
    let port = near.read_u16().await?;
    lock(targets).push(format!("{host}:{port}"));
    let mut far = TcpStream::connect((host.as_str(), port)).await?;
    near.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    tokio::io::copy_bidirectional(&mut near, &mut far).await.map(drop)
}
