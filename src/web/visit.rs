//! One request: who asks, what they may see, and what a form does.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, ORIGIN, REFERER, REFERRER_POLICY, RETRY_AFTER,
    SET_COOKIE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use jiff::Timestamp;
use url::Url;

use super::fields::{self, Read, Typed};
use super::page::{self, POLICY, Shown};
use super::seal::{Sealed, Unsealed, Visitor};
use super::server::{Peer, Site};
use super::words::{self, words};
use crate::domain::reply::{Doubt, Refusal};
use crate::domain::rules::Language;
use crate::engine::answer::{self, Answered, Form, Look, Sheet};
use crate::engine::link::Links;
use crate::engine::{Engine, EngineError};

/// The largest form: some hundred items, each with its notes.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// How long a form may take to come in.
const BODY: Duration = Duration::from_secs(10);

/// Everything below `/r/`.
pub(super) async fn page(State(site): State<Site>, Extension(Peer(peer)): Extension<Peer>, request: Request) -> Response {
    let engine = (site.engine)();
    let now = site.clock.now();
    let language = language(&request, &engine);
    let from = visitor(peer, request.headers());
    if !site.guard.admits(from, now) {
        return too_many(language);
    }
    let token = request.uri().path().strip_prefix("/r/").unwrap_or_default().to_owned();
    let look = match answer::look(&engine, &token, language, now).await {
        Ok(look) => look,
        Err(error) => return trouble(&error, language),
    };
    let (sheet, links) = match (look, &engine.links) {
        (Look::Open(sheet), Some(links)) => (sheet, Arc::clone(links)),
        (Look::Over(over), Some(_)) => {
            let (title, text) = words::over(over, language);
            return respond(StatusCode::OK, page::note(&engine.rules.office.name, title, text, language));
        }
        _ => return lost_to(&site, &engine, from, language, now).await,
    };
    site.guard.opened(from, sheet.person.0, now);
    let visit = Visit { site, engine, links, sheet, token, language, from, now };
    match *request.method() {
        Method::GET | Method::HEAD => visit.show(request.headers()),
        Method::POST => visit.act(request).await,
        _ => not_allowed(language),
    }
}

/// Every other path.
pub(super) async fn elsewhere(State(site): State<Site>, request: Request) -> Response {
    lost(language(&request, &(site.engine)()))
}

/// A visit to a page that is there.
struct Visit {
    site: Site,
    engine: Arc<Engine>,
    links: Arc<Links>,
    sheet: Box<Sheet>,
    token: String,
    language: Language,
    from: IpAddr,
    now: Timestamp,
}

/// A form that is shown again, and why.
#[derive(Default)]
struct Rejected {
    alert: Option<String>,
    typed: Typed,
    read: Read,
    refused: Vec<(usize, Refusal)>,
}

impl Visit {
    /// Shows the items. A cookie the browser has for this page stays, so that two windows of it both work.
    fn show(&self, headers: &HeaderMap) -> Response {
        self.sheet_page(StatusCode::OK, headers, &Rejected::default())
    }

    fn sheet_page(&self, status: StatusCode, headers: &HeaderMap, rejected: &Rejected) -> Response {
        let visitor = self.visitor(headers).unwrap_or_else(|| Visitor::new(&self.links, &self.token));
        let shown = Shown {
            sheet: &self.sheet,
            language: self.language,
            form: &visitor.form(self.now),
            typed: &rejected.typed,
            alert: rejected.alert.clone(),
            faults: &rejected.read.faults,
            unchosen: &rejected.read.unchosen,
            refused: &rejected.refused,
        };
        let mut response = respond(status, shown.html());
        if let Ok(cookie) = HeaderValue::from_str(&visitor.cookie()) {
            response.headers_mut().insert(SET_COOKIE, cookie);
        }
        response
    }

    fn visitor(&self, headers: &HeaderMap) -> Option<Visitor<'_>> {
        let mut cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        cookies.find_map(|cookies| Visitor::known(&self.links, &self.token, cookies))
    }

    async fn act(&self, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let headers = &parts.headers;
        let Ok(typed) = form_of(body).await else {
            return respond(StatusCode::PAYLOAD_TOO_LARGE, String::new());
        };
        let sealed = match self.unseal(headers, &typed) {
            Ok(sealed) => sealed,
            Err((why, said)) => return self.reject(headers, typed, why, said).await,
        };
        let read = fields::read(&self.sheet, &typed);
        if !read.is_sound() {
            let w = words(self.language);
            let alert = if read.choices.is_empty() && read.unchosen.is_empty() { w.choose_one } else { w.not_sent };
            let rejected = Rejected { alert: Some(alert.to_owned()), typed, read, refused: Vec::new() };
            return self.sheet_page(StatusCode::UNPROCESSABLE_ENTITY, headers, &rejected);
        }
        let form = Form {
            token: self.token.clone(),
            visit: sealed.visit,
            made_at: sealed.made_at,
            doubts: self.doubts(headers),
            choices: read.choices,
        };
        match answer::answer(&self.engine, &form, self.language, self.now).await {
            Ok(answered) => self.answered(answered, headers, typed),
            Err(error) => trouble(&error, self.language),
        }
    }

    fn answered(&self, answered: Answered, headers: &HeaderMap, typed: Typed) -> Response {
        let w = words(self.language);
        match answered {
            Answered::Unknown => lost(self.language),
            Answered::Over(over) => {
                let (title, text) = words::over(over, self.language);
                respond(StatusCode::OK, page::note(&self.sheet.office, title, text, self.language))
            }
            Answered::Again => {
                respond(StatusCode::OK, page::note(&self.sheet.office, w.done_title, words::again(self.language), self.language))
            }
            Answered::Refused(refused) => {
                let rejected = Rejected { alert: Some(w.not_sent.to_owned()), typed, read: Read::default(), refused };
                self.sheet_page(StatusCode::UNPROCESSABLE_ENTITY, headers, &rejected)
            }
            Answered::Taken(became) => {
                (self.site.acted)();
                let at = self.engine.rules.calendar.time_zone().to_datetime(self.now);
                let at = words::recorded_at(at, self.language);
                respond(StatusCode::OK, page::taken(&self.sheet, &became, &at, self.language))
            }
        }
    }

    /// Whether the form is one of this page, sent by the browser that got it: the word of the journal and what is said if not.
    fn unseal(&self, headers: &HeaderMap, typed: &Typed) -> Result<Sealed, (&'static str, &'static str)> {
        if !self.is_same_site(headers) {
            return Err(("cross-site", words::cross_site(self.language)));
        }
        let sealed = self.visitor(headers).ok_or(Unsealed::NoCookie).and_then(|visitor| {
            let form = typed.get("form").map_or("", String::as_str);
            visitor.unseal(form, self.now)
        });
        sealed.map_err(|why| (why.as_str(), words::unsealed(why, self.language)))
    }

    /// `Origin`, else `Referer`, must name the address people reach these pages by; a browser that says where a request comes
    /// from must say "from here".
    fn is_same_site(&self, headers: &HeaderMap) -> bool {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let ours = self.links.origin();
        let origin_is_ours = match (headers.get(ORIGIN), text(REFERER)) {
            (Some(origin), _) => origin.as_bytes() == ours.as_bytes(),
            (None, Some(referer)) => Url::parse(referer).is_ok_and(|url| url.origin().ascii_serialization() == ours),
            (None, None) => false,
        };
        origin_is_ours && headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin")
    }

    fn doubts(&self, headers: &HeaderMap) -> Vec<Doubt> {
        let told = ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"].iter().all(|name| headers.contains_key(*name));
        let shared = self.site.guard.is_shared(self.from, self.sheet.person.0, self.now);
        let seen = [(Doubt::NoFetchMetadata, !told), (Doubt::SharedNetwork, shared)];
        seen.into_iter().filter_map(|(doubt, seen)| seen.then_some(doubt)).collect()
    }

    /// Nothing of the form is taken; it is shown again with what was typed, under a seal of its own.
    async fn reject(&self, headers: &HeaderMap, typed: Typed, why: &'static str, said: &'static str) -> Response {
        tracing::info!(message.key = self.sheet.message_key, reason = why, "a form was not taken");
        if let Err(error) = answer::note_refusal(&self.engine, &self.sheet, why, self.now).await {
            tracing::warn!(%error, "a refused form could not be noted");
        }
        let alert = format!("{}. {said}", words(self.language).not_sent);
        let rejected = Rejected { alert: Some(alert), typed, ..Rejected::default() };
        self.sheet_page(StatusCode::FORBIDDEN, headers, &rejected)
    }
}

async fn form_of(body: Body) -> Result<Typed, ()> {
    let read = tokio::time::timeout(BODY, axum::body::to_bytes(body, BODY_BYTES_MAX));
    Ok(fields::typed(&read.await.map_err(|_| ())?.map_err(|_| ())?))
}

/// Who asks: behind a proxy on this machine, whom the proxy names last. Others could name whom they like.
fn visitor(peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    if !peer.to_canonical().is_loopback() {
        return peer;
    }
    let named = headers.get_all("x-forwarded-for").iter().next_back().and_then(|value| value.to_str().ok());
    named.and_then(|list| list.rsplit(',').next()).and_then(|last| last.trim().parse().ok()).unwrap_or(peer)
}

/// `?lang=en`, else the office's.
fn language(request: &Request, engine: &Engine) -> Language {
    let query = request.uri().query().unwrap_or_default();
    let asked = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "lang").map(|(_, value)| value);
    match asked.as_deref() {
        Some("vi") => Language::Vi,
        Some("en") => Language::En,
        _ => engine.rules.language,
    }
}

/// The one page of every token that leads nowhere.
fn lost(language: Language) -> Response {
    let w = words(language);
    respond(StatusCode::NOT_FOUND, page::note("", w.lost_title, w.lost_text, language))
}

async fn lost_to(site: &Site, engine: &Engine, from: IpAddr, language: Language, now: Timestamp) -> Response {
    if let Some(tries) = site.guard.wrong(from, now) {
        tracing::error!(tries, "somebody is guessing links: that many wrong ones within an hour; look at the proxy's log");
        if let Err(error) = answer::note_guessing(engine, tries, now).await {
            tracing::warn!(%error, "guessed links could not be noted");
        }
    }
    lost(language)
}

fn too_many(language: Language) -> Response {
    let w = words(language);
    let mut response = respond(StatusCode::TOO_MANY_REQUESTS, page::note("", w.busy_title, w.busy_text, language));
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("60"));
    response
}

fn not_allowed(language: Language) -> Response {
    let w = words(language);
    let mut response = respond(StatusCode::METHOD_NOT_ALLOWED, page::note("", w.lost_title, w.lost_text, language));
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
    response
}

fn trouble(error: &EngineError, language: Language) -> Response {
    tracing::error!(%error, "a page could not be served");
    let w = words(language);
    respond(StatusCode::SERVICE_UNAVAILABLE, page::note("", w.trouble_title, w.trouble_text, language))
}

/// Headers every page has.
fn respond(status: StatusCode, html: String) -> Response {
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let fixed = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        // Not `no-referrer`: browsers would then send `Origin: null` with the form.
        (REFERRER_POLICY, "same-origin"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex, nofollow, noarchive"));
    if let Ok(policy) = HeaderValue::from_str(&POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}
