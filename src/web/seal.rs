//! The cookie of a page and the seal of its form. Both are made with the link key and checked without any memory.

use jiff::{SignedDuration, Timestamp};

use crate::engine::link::{FORM_HOLDS, Links, token_hash};

/// The name of the cookie; its path is that of one page.
const COOKIE: &str = "dondoc";

/// A form that comes back sooner was not filled in by a person.
const SOONEST: SignedDuration = SignedDuration::from_secs(2);

/// One browser at one page.
pub(super) struct Visitor<'a> {
    links: &'a Links,
    token: &'a str,
    nonce: String,
}

/// A form that came back as it was handed out.
pub(super) struct Sealed {
    /// Names the form.
    pub(super) visit: String,
    /// When it was made.
    pub(super) made_at: Timestamp,
}

/// Why a form is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsealed {
    /// The browser did not send the cookie of this page back.
    NoCookie,
    /// The form is not one of this page and browser.
    Foreign,
    /// It came back sooner than a person reads.
    TooFast,
    /// It is half a day old.
    Stale,
}

impl Unsealed {
    /// The word of the journal.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::NoCookie => "no-cookie",
            Self::Foreign => "foreign-form",
            Self::TooFast => "too-fast",
            Self::Stale => "stale-form",
        }
    }
}

impl<'a> Visitor<'a> {
    /// The one whose cookie this is; a cookie that is not of this page is none.
    pub(super) fn known(links: &'a Links, token: &'a str, cookies: &str) -> Option<Self> {
        let ours = cookies.split(';').filter_map(|cookie| cookie.trim().split_once('=')).filter(|(name, _)| *name == COOKIE);
        let mut found = ours.filter_map(|(_, value)| value.split_once('.'));
        let (nonce, _) = found.find(|(nonce, seal)| links.is_seal(seal, &["cookie", &token_hash(token), nonce]))?;
        Some(Self { links, token, nonce: nonce.to_owned() })
    }

    /// One seen for the first time.
    pub(super) fn new(links: &'a Links, token: &'a str) -> Self {
        Self { links, token, nonce: uuid::Uuid::new_v4().simple().to_string() }
    }

    /// The header that sets the cookie.
    pub(super) fn cookie(&self) -> String {
        let (nonce, path) = (&self.nonce, self.links.path(self.token));
        let seal = self.links.seal(&["cookie", &token_hash(self.token), nonce]);
        let secure = if self.links.scheme() == "https" { "; Secure" } else { "" };
        format!("{COOKIE}={nonce}.{seal}; Path={path}; HttpOnly; SameSite=Strict{secure}")
    }

    /// What a form made now carries.
    pub(super) fn form(&self, now: Timestamp) -> String {
        let made_at = now.as_millisecond().to_string();
        format!("{made_at}.{}", self.links.seal(&self.parts(&made_at)))
    }

    /// Reads what a form brought back.
    pub(super) fn unseal(&self, form: &str, now: Timestamp) -> Result<Sealed, Unsealed> {
        let (made_at, seal) = form.split_once('.').ok_or(Unsealed::Foreign)?;
        if !self.links.is_seal(seal, &self.parts(made_at)) {
            return Err(Unsealed::Foreign);
        }
        let made_ms = made_at.parse().map_err(|_| Unsealed::Foreign)?;
        let made = Timestamp::from_millisecond(made_ms).map_err(|_| Unsealed::Foreign)?;
        let age = now.duration_since(made);
        if age < SOONEST {
            return Err(Unsealed::TooFast);
        }
        if age > FORM_HOLDS {
            return Err(Unsealed::Stale);
        }
        Ok(Sealed { visit: token_hash(&format!("{} {made_at}", self.nonce)), made_at: made })
    }

    fn parts<'b>(&'b self, made_at: &'b str) -> [&'b str; 4] {
        ["form", self.token, &self.nonce, made_at]
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_700_000_000_000 + ms).expect("in range")
    }

    #[test]
    fn a_form_comes_back_from_its_own_browser_and_page_after_two_seconds() {
        let links = Links::new("https://example.org", SecretString::from("a key")).expect("an address");
        let visitor = Visitor::new(&links, "token");
        let header = visitor.cookie();
        assert!(header.ends_with("; Path=/r/token; HttpOnly; SameSite=Strict; Secure"), "{header}");
        let cookie = header.split(';').next().expect("a cookie");
        let form = visitor.form(at(0));
        let again = Visitor::known(&links, "token", &format!("other=1; {cookie}")).expect("the same one");
        assert!(again.unseal(&form, at(2_000)).is_ok());
        assert_eq!(again.unseal(&form, at(1_999)).err(), Some(Unsealed::TooFast));
        assert_eq!(again.unseal(&form, at(-5_000)).err(), Some(Unsealed::TooFast), "a clock that was set back");
        assert_eq!(again.unseal(&form, at(13 * 3_600_000)).err(), Some(Unsealed::Stale));
        assert_eq!(Visitor::new(&links, "token").unseal(&form, at(5_000)).err(), Some(Unsealed::Foreign));
        assert!(Visitor::known(&links, "another", cookie).is_none(), "a cookie of another page");
        assert!(Visitor::known(&links, "token", "dondoc=made.up").is_none());
        let later = form.replacen("17000", "17001", 1);
        assert_eq!(again.unseal(&later, at(5_000)).err(), Some(Unsealed::Foreign));
    }
}
