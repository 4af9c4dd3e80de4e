//! Floor 2: the doors messages leave by.

pub mod letter;
pub mod wording;
