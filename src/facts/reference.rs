//! How rows name a dispatch: `NUMBER`, `YEAR:NUMBER`, `YEAR:ISSUER:NUMBER`.

use std::fmt;

use jiff::civil::Date;

use super::DispatchFact;
use super::words::normal_number;
use crate::domain::directive::{DirectiveName, Secrecy};

/// A dispatch as a row names it; the long forms are for numbers that fit two.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DispatchRef {
    /// The year of its date.
    pub year: Option<i16>,
    /// Its issuer.
    pub issuer: Option<String>,
    /// Number and symbol, in its normal form.
    pub number: String,
}

/// What a row that names a dispatch must know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownDispatch {
    /// Number and symbol, in its normal form.
    pub number: String,
    /// Issuer.
    pub issuer: String,
    /// Date of issue.
    pub date: Date,
    /// Secrecy mark.
    pub secrecy: Secrecy,
}

impl From<&DispatchFact> for KnownDispatch {
    fn from(fact: &DispatchFact) -> Self {
        Self { number: fact.number.clone(), issuer: fact.issuer.clone(), date: fact.date, secrecy: fact.secrecy }
    }
}

impl DispatchRef {
    /// Reads the three forms; `None` when no number is left.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, rest) = match text.split_once(':') {
            Some((year, rest)) => (Some(year.trim().parse().ok()?), rest),
            None => (None, text),
        };
        let (issuer, number) = match rest.rsplit_once(':') {
            Some((issuer, number)) => (Some(issuer.trim().to_owned()), number),
            None => (None, rest),
        };
        let number = normal_number(number);
        (!number.is_empty()).then_some(Self { year, issuer, number })
    }

    /// The dispatch a directive's name speaks of.
    pub fn of(name: &DirectiveName) -> Self {
        Self { year: name.year, issuer: name.issuer.clone(), number: normal_number(&name.number) }
    }

    /// Whether it may mean that dispatch.
    pub fn fits(&self, issuer: &str, year: i16, number: &str) -> bool {
        self.number == number
            && self.year.is_none_or(|wanted| wanted == year)
            && self.issuer.as_deref().is_none_or(|wanted| wanted == issuer)
    }
}

impl fmt::Display for DispatchRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(year) = self.year {
            write!(f, "{year}:")?;
        }
        if let Some(issuer) = &self.issuer {
            write!(f, "{issuer}:")?;
        }
        f.write_str(&self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms_are_read_and_written_back() {
        for text in ["4988/UBND-CCHC", "2023:4988/UBND-CCHC", "2023:UBND quận Gò Vấp:4988/UBND-CCHC"] {
            assert_eq!(DispatchRef::parse(text).expect("a reference").to_string(), text);
        }
        assert_eq!(DispatchRef::parse("2023:"), None);
        assert_eq!(DispatchRef::parse("abc:1/QĐ"), None);
    }

    #[test]
    fn a_longer_form_fits_less() {
        let fits = |text: &str| DispatchRef::parse(text).expect("a reference").fits("UBND A", 2023, "1/QĐ-UBND");
        assert!(fits("1/QĐ-UBND") && fits("2023:1/QĐ-UBND") && fits("2023:UBND A:1/QĐ-UBND"));
        assert!(!fits("2022:1/QĐ-UBND") && !fits("2023:UBND B:1/QĐ-UBND") && !fits("2/QĐ-UBND"));
    }
}
