//! The command `dondoc`.

fn main() {}
