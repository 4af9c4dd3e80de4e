//! The demo's voice: lines at a reading pace, and a counter line that only a terminal sees.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

/// How fast lines come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// For eyes: about a minute in all.
    Reading,
    /// As fast as the machine goes: pipes, tests.
    Fast,
}

/// Between two lines.
const LINE: Duration = Duration::from_millis(180);
/// After a screen.
const SCREEN: Duration = Duration::from_secs(3);
/// Between two days of the virtual clock.
const DAY: Duration = Duration::from_millis(110);

/// Standard output.
#[derive(Debug)]
pub struct Screen {
    pace: Pace,
    counts: bool,
}

impl Screen {
    /// A terminal is read by somebody, a pipe by a program.
    pub fn new(fast: Option<Pace>) -> Self {
        let terminal = io::stdout().is_terminal();
        let pace = fast.unwrap_or(if terminal { Pace::Reading } else { Pace::Fast });
        Self { pace, counts: terminal }
    }

    /// Prints lines, one after the other.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub async fn lines(&self, text: &str) -> io::Result<()> {
        for line in text.lines() {
            let mut out = io::stdout().lock();
            writeln!(out, "{}", line.trim_end())?;
            out.flush()?;
            drop(out);
            self.wait(LINE).await;
        }
        Ok(())
    }

    /// Leaves time to read what stands there.
    pub async fn rest(&self) {
        self.wait(SCREEN).await;
    }

    /// One day of the virtual clock passed: the counter line of a terminal is written over.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub async fn day(&self, text: &str) -> io::Result<()> {
        if self.counts {
            let mut out = io::stdout().lock();
            write!(out, "\r\u{1b}[K{text}")?;
            out.flush()?;
            drop(out);
            self.wait(DAY).await;
        }
        Ok(())
    }

    /// Ends the counter line.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub fn end_days(&self) -> io::Result<()> {
        if self.counts {
            let mut out = io::stdout().lock();
            write!(out, "\r\u{1b}[K")?;
            out.flush()?;
        }
        Ok(())
    }

    async fn wait(&self, how_long: Duration) {
        if self.pace == Pace::Reading {
            tokio::time::sleep(how_long).await;
        }
    }
}
