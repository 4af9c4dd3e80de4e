//! Floor 3: the verbs. Each is idempotent and takes no hints.

pub mod import;
