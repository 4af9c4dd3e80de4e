//! The layout of mails: the templates of this build.

use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};

use super::WordingError;

/// The shipped templates, or why one of them does not parse.
static TEMPLATES: LazyLock<Result<Environment<'static>, minijinja::Error>> = LazyLock::new(environment);

/// A template whose name ends in `.html` is escaped, the other is not.
fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|name| match name.rsplit_once('.') {
        Some((_, "html")) => AutoEscape::Html,
        _ => AutoEscape::None,
    });
    environment.add_template("mail.txt", include_str!("../templates/mail.txt"))?;
    environment.add_template("mail.html", include_str!("../templates/mail.html"))?;
    environment.add_template("brief.txt", include_str!("../templates/brief.txt"))?;
    environment.add_template("brief.html", include_str!("../templates/brief.html"))?;
    environment.add_template("parts.html", include_str!("../templates/parts.html"))?;
    Ok(environment)
}

/// The page laid out by the template of that name.
pub(super) fn render(name: &str, page: &Value) -> Result<String, WordingError> {
    let templates = TEMPLATES.as_ref().map_err(WordingError::ShippedTemplates)?;
    let rendered = templates.get_template(name).and_then(|template| template.render(page.clone()));
    rendered.map_err(|source| WordingError::Template { name: name.to_owned(), source: Box::new(source) })
}
