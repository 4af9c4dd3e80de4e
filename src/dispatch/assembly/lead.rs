//! Who answers for a clause: named in it, in what stands above it, or among the addressees.

use std::ops::Range;

use super::{Reading, field};
use crate::dispatch::duty;
use crate::dispatch::marker::Level;
use crate::dispatch::outline::{Clause, Role};
use crate::dispatch::unit::Duty;
use crate::dispatch::{LeadSource, Quote};

/// The lead units that hold for whole sections.
pub struct Leads {
    /// For each clause the units named by its own words, when it is a heading or opens a list.
    titled: Vec<Vec<Quote>>,
    /// For each clause the units its own words lay the duty on.
    own: Vec<Vec<Quote>>,
    /// Units the opening names.
    opening: Vec<Quote>,
    /// "Kính gửi".
    addressees: Vec<Quote>,
}

impl Leads {
    /// Reads them off all clauses.
    pub fn find(clauses: &[Clause], readings: &[Reading], addressees: &[Quote]) -> Self {
        let quotes = |clause: &Clause, ranges: &[Range<usize>]| -> Vec<Quote> {
            ranges.iter().map(|range| clause.words.quote(range.clone())).collect()
        };
        let own: Vec<Vec<Quote>> =
            clauses.iter().zip(readings).map(|(clause, reading)| quotes(clause, &reading.named.lead)).collect();
        let titled = clauses
            .iter()
            .zip(readings)
            .enumerate()
            .map(|(index, (clause, reading))| {
                let by_field: Vec<Quote> = field::leads_for(clauses, readings, index).collect();
                if !by_field.is_empty() {
                    return by_field;
                }
                if reading.heading.is_empty() { Vec::new() } else { quotes(clause, &reading.heading) }
            })
            .collect();
        let mut opening = Vec::new();
        for (index, clause) in clauses.iter().enumerate().filter(|(_, clause)| clause.role == Role::Opening) {
            let asked = readings[index].named.duty == Duty::Asked;
            if asked && clause.words.text().ends_with(':') && !own[index].is_empty() {
                opening.clone_from(&own[index]);
            }
        }
        Self { titled, own, opening, addressees: addressees.to_vec() }
    }

    /// The units of one clause and where they were named.
    pub fn of(&self, clauses: &[Clause], readings: &[Reading], index: usize) -> (Vec<Quote>, LeadSource) {
        if let Some(row) = readings[index].row.as_ref().filter(|row| !row.lead.is_empty()) {
            return (row.lead.clone(), LeadSource::Clause);
        }
        let of_field = !self.titled[index].is_empty() && self.own[index].is_empty();
        if of_field {
            return (self.titled[index].clone(), LeadSource::Clause);
        }
        if !self.own[index].is_empty() {
            return (self.own[index].clone(), LeadSource::Clause);
        }
        if let Some(found) = self.before(clauses, index) {
            return (found, LeadSource::Heading);
        }
        if let Some(found) = self.above(clauses, index) {
            return (found, LeadSource::Heading);
        }
        if let Some(range) = &readings[index].named.bracketed {
            return (vec![clauses[index].words.quote(range.clone())], LeadSource::Clause);
        }
        if !self.opening.is_empty() {
            return (self.opening.clone(), LeadSource::Heading);
        }
        if self.addressees.is_empty() {
            (Vec::new(), LeadSource::Unknown)
        } else {
            (self.addressees.clone(), LeadSource::Addressees)
        }
    }

    /// The nearest heading above that names units, or the words that open its list.
    fn above(&self, clauses: &[Clause], index: usize) -> Option<Vec<Quote>> {
        let mut at = clauses[index].parent;
        let mut below = index;
        while let Some(parent) = at {
            if !self.titled[parent].is_empty() {
                return Some(self.titled[parent].clone());
            }
            if !self.own[parent].is_empty() {
                return Some(self.own[parent].clone());
            }
            // A paragraph of the same section that opens its list: "Các đơn vị thực hiện báo cáo theo thời gian sau:".
            let opener = (parent + 1..below).rev().find(|between| {
                clauses[*between].level.is_none()
                    && clauses[*between].parent == Some(parent)
                    && clauses[*between].words.text().ends_with(':')
                    && !self.own[*between].is_empty()
            });
            if let Some(opener) = opener {
                return Some(self.own[opener].clone());
            }
            below = parent;
            at = clauses[parent].parent;
        }
        None
    }

    /// A dash or paragraph without a unit of its own goes on with the one of its list before it.
    fn before(&self, clauses: &[Clause], index: usize) -> Option<Vec<Quote>> {
        let clause = &clauses[index];
        let parent = clause.parent?;
        if clause.level.is_some_and(|level| level != Level::Dash)
            || !self.titled[parent].is_empty()
            || !self.own[parent].is_empty()
        {
            return None;
        }
        let same = |other: usize| clauses[other].parent == Some(parent) && clauses[other].level == clause.level;
        let before =
            (parent + 1..index).rev().take(40).filter(|other| same(*other)).find(|other| !self.own[*other].is_empty())?;
        (clause.level.is_some() || !duty::is_title(clauses[before].words.text())).then(|| self.own[before].clone())
    }
}
