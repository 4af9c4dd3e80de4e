//! Floor 5: wiring and life cycle around the verbs of [`crate::engine`].

pub mod telegram;
