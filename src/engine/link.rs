//! The links of messages: how their tokens are made, and what else the link key seals.
//!
//! A token is HMAC-SHA-256 of the message key under the link key, in lower-case base32: every attempt of a message carries the
//! same one, and only its SHA-256 is stored. A new link key makes every older link worthless.

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use url::Url;

use super::{Engine, EngineError, ms};
use crate::store::link::forget_codes;
use crate::store::links;

/// Days a link holds after its message was packed.
pub(super) const LINK_DAYS: i64 = 90;

/// How long a form holds after it was handed out.
pub const FORM_HOLDS: SignedDuration = SignedDuration::from_hours(12);

/// Forgets what nobody asks for any more: links and codes that hold no longer, and forms that were taken so long ago that a second copy
/// of one is refused for its age. Part of the nightly upkeep; returns how many rows.
pub async fn forget_expired(engine: &Engine, now: Timestamp) -> Result<u64, EngineError> {
    let mut tx = engine.store.begin().await?;
    let forgotten = links::forget(&mut tx, ms(now), ms(now - FORM_HOLDS)).await?;
    let codes = forget_codes(&mut tx, ms(now - FORM_HOLDS)).await?;
    tx.commit().await?;
    Ok(forgotten + codes)
}

/// Where links lead, and the key they are made with. `Debug` leaves the key out.
#[derive(Clone, Debug)]
pub struct Links {
    /// Without trailing slash.
    public_url: Url,
    key: SecretString,
}

impl Links {
    /// From `[web] public_url` and the credential `link-key`; `None` for an address that is none.
    pub fn new(public_url: &str, key: SecretString) -> Option<Self> {
        let public_url = Url::parse(public_url).ok().filter(|url| url.host().is_some())?;
        Some(Self { public_url, key })
    }

    /// The token of a message.
    pub fn token(&self, message_key: &str) -> String {
        data_encoding::BASE32_NOPAD.encode(&self.mac(&[message_key])).to_lowercase()
    }

    /// The address where a message is answered.
    pub fn address(&self, message_key: &str) -> String {
        format!("{}/r/{}", self.public_url.as_str().trim_end_matches('/'), self.token(message_key))
    }

    /// Whether that is the token of that message; takes the same time whatever differs.
    pub fn fits(&self, token: &str, message_key: &str) -> bool {
        self.token(message_key).as_bytes().ct_eq(token.as_bytes()).into()
    }

    /// Seals parts that are handed out and come back, such as the moment a form was made.
    pub fn seal(&self, parts: &[&str]) -> String {
        // Message keys hold no blank, so that no seal is ever a token.
        let sealed = [&["seal of"], parts].concat().join(" ");
        data_encoding::BASE64URL_NOPAD.encode(&self.mac(&[&sealed]))
    }

    /// Whether a seal is that of these parts; takes the same time whatever differs.
    pub fn is_seal(&self, seal: &str, parts: &[&str]) -> bool {
        self.seal(parts).as_bytes().ct_eq(seal.as_bytes()).into()
    }

    /// What browsers call the origin of the pages: `https://dondoc.example.gov.vn`.
    pub fn origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    /// The path of the page with that token, as browsers see it.
    pub fn path(&self, token: &str) -> String {
        format!("{}/r/{token}", self.public_url.path().trim_end_matches('/'))
    }

    /// Whether browsers reach the pages over TLS.
    pub fn scheme(&self) -> &str {
        self.public_url.scheme()
    }

    fn mac(&self, parts: &[&str]) -> [u8; 32] {
        let key = self.key.expose_secret().as_bytes();
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
        for part in parts {
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }
}

/// What is stored of a token.
pub fn token_hash(token: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(key: &str) -> Links {
        Links::new("https://dondoc.example.gov.vn/van-ban/", SecretString::from(key)).expect("an address")
    }

    #[test]
    fn a_token_is_the_hmac_of_the_message_key_in_lower_case_base32() {
        // RFC 4231, test case 2.
        let links = links("Jefe");
        let mac = data_encoding::HEXLOWER.encode(&links.mac(&["what do ya want for nothing?"]));
        assert_eq!(mac, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        let token = links.token("k7q2");
        assert!(token.len() == 52 && token.bytes().all(|byte| byte.is_ascii_lowercase() || (b'2'..=b'7').contains(&byte)));
        assert_eq!(links.address("k7q2"), format!("https://dondoc.example.gov.vn/van-ban/r/{token}"));
        assert_eq!(links.path(&token), format!("/van-ban/r/{token}"));
        assert_eq!(links.origin(), "https://dondoc.example.gov.vn");
    }

    #[test]
    fn only_the_very_token_of_the_message_and_key_fits() {
        let (ours, theirs) = (links("a key of ours"), links("a key of theirs"));
        let token = ours.token("k7q2");
        assert!(ours.fits(&token, "k7q2"));
        assert!(!ours.fits(&token, "k7q3") && !theirs.fits(&token, "k7q2"));
        assert!(!ours.fits(&token.to_uppercase(), "k7q2") && !ours.fits(&token[1..], "k7q2") && !ours.fits("", "k7q2"));
        let seal = ours.seal(&["form", "1"]);
        assert!(
            ours.is_seal(&seal, &["form", "1"]) && !ours.is_seal(&seal, &["form", "2"]) && !theirs.is_seal(&seal, &["form", "1"])
        );
        assert!(!format!("{ours:?}").contains("a key of ours"));
    }
}
