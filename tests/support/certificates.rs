//! Certificates made for one test run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tempfile::NamedTempFile;

static MADE: AtomicU32 = AtomicU32::new(0);

/// A certificate authority nobody but the test knows.
pub struct Authority {
    /// Its certificate, as `ca_file` wants it.
    pub ca_file: NamedTempFile,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Two authorities of one name would be taken for one with a bad signature.
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        params.distinguished_name.push(DnType::CommonName, format!("dondoc test authority {number}"));
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        let ca_file = NamedTempFile::new().expect("a file");
        std::fs::write(ca_file.path(), certificate.pem()).expect("a file");
        Self { ca_file, issuer: Issuer::new(params, key) }
    }

    /// A server called `name`.
    pub fn server(&self, name: &str) -> Arc<ServerConfig> {
        self.config(&CertificateParams::new(vec![name.to_owned()]).expect("a name"))
    }

    /// A server whose certificate has expired.
    pub fn expired(&self, name: &str) -> Arc<ServerConfig> {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2020, 12, 31);
        self.config(&params)
    }

    fn config(&self, params: &CertificateParams) -> Arc<ServerConfig> {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
            .expect("a key that fits");
        Arc::new(config)
    }
}
