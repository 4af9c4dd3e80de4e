//! Makes the office whose decisions are explained in `docs/gallery`: a folder with two configs and a store with a history,
//! for the commands to be run in: `cargo run --example explained FOLDER`.

#[path = "../tests/support/explained.rs"]
mod explained;
#[path = "../tests/support/house.rs"]
mod house;

use std::path::PathBuf;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("name a folder: cargo run --example explained FOLDER")?);
    std::fs::create_dir_all(&folder)?;
    explained::history(&folder).await;
    Ok(())
}
