//! A browser as far as the page for answers needs one: cookies, the headers browsers add, forms.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dondoc::clock::Clock;
use dondoc::engine::Engine;
use dondoc::engine::link::Links;
use dondoc::web::{Guard, Site, serve};
use reqwest::{Client, Method, Response, StatusCode};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::sync::DropGuard;

/// The key of the links in tests.
pub const KEY: &str = "a link key of thirty-two bytes, or more";

/// The page on a free port of loopback; it stops when this is dropped.
pub struct Served {
    pub address: SocketAddr,
    pub acted: Arc<AtomicUsize>,
    _stop: DropGuard,
}

impl Served {
    /// A port, and the links that lead there.
    pub async fn port() -> (TcpListener, Links) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a socket");
        let links = Links::new(&format!("http://{address}"), secrecy::SecretString::from(KEY)).expect("an address");
        (listener, links)
    }

    /// Serves that engine.
    pub fn start(listener: TcpListener, engine: Engine, clock: Clock) -> Self {
        let address = listener.local_addr().expect("a socket");
        let (stop, acted) = (CancellationToken::new(), Arc::new(AtomicUsize::new(0)));
        let (engine, count) = (Arc::new(engine), Arc::clone(&acted));
        let site = Site {
            engine: Arc::new(move || Arc::clone(&engine)),
            clock,
            acted: Arc::new(move || {
                count.fetch_add(1, Ordering::SeqCst);
            }),
            guard: Arc::new(Guard::default()),
        };
        tokio::spawn(serve(listener, site, stop.clone()));
        Self { address, acted, _stop: stop.drop_guard() }
    }

    pub fn acted(&self) -> usize {
        self.acted.load(Ordering::SeqCst)
    }
}

/// One browser of one person.
#[derive(Clone)]
pub struct Browser {
    client: Client,
    origin: String,
    /// What it sends besides.
    pub headers: BTreeMap<&'static str, String>,
    cookie: Option<String>,
}

/// A page as it came.
pub struct Page {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub body: String,
}

impl Page {
    /// The value of a hidden field.
    pub fn hidden(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        let rest = self.body.split(&mark).nth(1).unwrap_or_else(|| panic!("no field {name}:\n{}", self.body));
        rest.split('"').next().expect("a value").to_owned()
    }

    pub fn says(&self, words: &str) -> bool {
        self.body.contains(words)
    }
}

impl Browser {
    pub fn new(served: &Served) -> Self {
        Self::at(&format!("http://{}", served.address))
    }

    pub fn at(origin: &str) -> Self {
        let fetch = [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
        Self {
            client: Client::builder().no_proxy().build().expect("a client"),
            origin: origin.to_owned(),
            headers: fetch.map(|(name, value)| (name, value.to_owned())).into(),
            cookie: None,
        }
    }

    /// It asks through a proxy, from there.
    #[must_use]
    pub fn from(mut self, address: &str) -> Self {
        self.headers.insert("x-forwarded-for", address.to_owned());
        self
    }

    /// An old one, or a program: nothing is said of where a request comes from.
    #[must_use]
    pub fn without_fetch_metadata(mut self) -> Self {
        self.headers.retain(|name, _| !name.starts_with("sec-fetch"));
        self
    }

    pub fn forget_cookie(&mut self) {
        self.cookie = None;
    }

    pub async fn get(&mut self, address: &str) -> Page {
        let page = self.ask(Method::GET, address, &[], None).await;
        if let Some(cookie) = page.headers.get("set-cookie") {
            let cookie = cookie.to_str().expect("ASCII");
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        page
    }

    /// Posts fields as a form of this page would.
    pub async fn post(&self, address: &str, fields: &[(&str, &str)]) -> Page {
        self.post_with(address, fields, &[("origin", &self.origin)]).await
    }

    /// The same with headers of one's own instead of `Origin`.
    pub async fn post_with(&self, address: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.ask(Method::POST, address, headers, Some(body)).await
    }

    pub async fn ask(&self, method: Method, address: &str, headers: &[(&str, &str)], body: Option<String>) -> Page {
        let address = if address.starts_with('/') { format!("{}{address}", self.origin) } else { address.to_owned() };
        let mut request = self.client.request(method, address);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        }
        let response: Response = request.send().await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        Page { status, headers, body: response.text().await.expect("a text") }
    }
}
