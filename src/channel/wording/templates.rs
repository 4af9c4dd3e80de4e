//! The layout of mails: the templates of this build, and those an administrator puts in their place.
//!
//! A template sees what it is given and nothing else: no file, no environment, no clock. What replaces a shipped one may do
//! so much and no more. A name that ends in `.html` is escaped, the others are not.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};

use super::WordingError;
use super::rehearsal::Must;

/// Name and text of the shipped templates: a starting point for whoever wants to change one.
pub const SHIPPED: [(&str, &str); 5] = [
    ("mail.txt", include_str!("../templates/mail.txt")),
    ("mail.html", include_str!("../templates/mail.html")),
    ("brief.txt", include_str!("../templates/brief.txt")),
    ("brief.html", include_str!("../templates/brief.html")),
    ("parts.html", include_str!("../templates/parts.html")),
];

/// What replaced templates may spend on one part of one mail: instructions, and a 64th of every byte they write or hold.
/// The shipped ones spend some 300 on an item; the largest mail has 10,000. It is used up within a second.
const FUEL_MAX: u64 = 10_000_000;

/// The same for a sample letter, which has at most thirty items.
const FUEL_OF_A_SAMPLE_MAX: u64 = 100_000;

/// How deep templates may call each other; the shipped ones are three deep.
const DEPTH_MAX: usize = 40;

/// A set of templates, every one of which compiles.
#[derive(Clone, Debug)]
pub struct Templates {
    environment: Arc<Environment<'static>>,
    replaced: Vec<String>,
}

/// The shipped templates, or why one of them does not parse.
static SHIPPED_SET: LazyLock<Result<Templates, minijinja::Error>> =
    LazyLock::new(|| Ok(Templates { environment: Arc::new(environment(&[])?), replaced: Vec::new() }));

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateFault {
    /// Its name.
    pub name: String,
    /// Bytes of its text; `None` for the template as a whole.
    pub range: Option<Range<usize>>,
    /// The line, from 1, where no bytes are known.
    pub line: Option<usize>,
    /// What.
    pub what: Fault,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It does not compile or does not render: what the template engine says.
    Broken(String),
    /// It does more work than a letter may cost.
    Costly,
    /// A sample letter of that name lacks what every message must say.
    Lacks(Must, String),
    /// Facts are printed as markup.
    Unescaped,
}

impl TemplateFault {
    /// The fault of an error in a template of that name, or in one it uses.
    pub(super) fn of(error: &minijinja::Error, name: &str) -> Self {
        let what = match error.kind() {
            ErrorKind::OutOfFuel => Fault::Costly,
            kind => Fault::Broken(error.detail().map_or_else(|| kind.to_string(), |detail| format!("{kind}: {detail}"))),
        };
        Self { name: error.name().unwrap_or(name).to_owned(), range: error.range(), line: error.line(), what }
    }
}

fn environment(overrides: &[(String, String)]) -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_recursion_limit(DEPTH_MAX);
    // What outlives a loop could grow as deep as the loop is long, and fall with the stack.
    environment.remove_global("namespace");
    environment.set_auto_escape_callback(|name| match name.rsplit_once('.') {
        Some((_, "html")) => AutoEscape::Html,
        _ => AutoEscape::None,
    });
    for (name, text) in SHIPPED {
        environment.add_template(name, text)?;
    }
    for (name, text) in overrides {
        environment.add_template_owned(name.clone(), text.clone())?;
    }
    if !overrides.is_empty() {
        environment.set_fuel(Some(FUEL_MAX));
    }
    Ok(environment)
}

impl Templates {
    /// Those of this build.
    ///
    /// # Errors
    /// When one of them does not compile; a test keeps that from being built.
    pub fn shipped() -> Result<&'static Self, WordingError> {
        SHIPPED_SET.as_ref().map_err(WordingError::ShippedTemplates)
    }

    /// Those of this build with some replaced, by name.
    ///
    /// # Errors
    /// Everything that does not compile, all at once.
    pub fn with(overrides: &[(String, String)]) -> Result<Self, Vec<TemplateFault>> {
        let alone =
            |one: &(String, String)| environment(std::slice::from_ref(one)).err().map(|error| TemplateFault::of(&error, &one.0));
        let faults: Vec<TemplateFault> = overrides.iter().filter_map(alone).collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let environment = environment(overrides).map_err(|error| vec![TemplateFault::of(&error, "")])?;
        Ok(Self { environment: Arc::new(environment), replaced: overrides.iter().map(|(name, _)| name.clone()).collect() })
    }

    /// The names of those that are not this build's.
    pub fn replaced(&self) -> &[String] {
        &self.replaced
    }

    /// The same with as much fuel as a sample may cost.
    pub(super) fn on_trial(&self) -> Self {
        let mut environment = Environment::clone(&self.environment);
        environment.set_fuel(Some(FUEL_OF_A_SAMPLE_MAX));
        Self { environment: Arc::new(environment), replaced: self.replaced.clone() }
    }

    /// The page laid out by the template of that name.
    pub(super) fn render(&self, name: &str, page: &Value) -> Result<String, WordingError> {
        let rendered = self.environment.get_template(name).and_then(|template| template.render(page.clone()));
        rendered.map_err(|source| WordingError::Template { name: name.to_owned(), source: Box::new(source) })
    }
}
