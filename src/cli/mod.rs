//! The roof: the command line. Arguments in, tables or JSON out, exit codes; no SQL and no business rules.
//!
//! Data goes to standard output, everything else to standard error. Exit codes: 0 done, 1 problems
//! found or refused, 2 wrong usage, 75 another daemon holds the store, 78 the store's schema is newer than this binary.

mod argument;
pub mod bench;
pub mod calendar;
pub mod check;
pub mod common;
mod confirm;
mod csv;
pub mod demo;
pub mod drafts;
mod explain;
pub mod export;
pub mod failure;
pub mod import;
pub mod init;
pub mod link;
pub mod list;
mod mend;
mod os_user;
mod paper;
pub mod pause;
pub mod print;
mod progress;
pub mod reply;
mod review;
pub mod row;
mod run;
mod send;
pub mod show;
pub mod simulate;
pub mod status;
pub mod unit;
mod usage;
pub mod verify;
pub mod why;
pub mod why_not;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use rustix::fs::Mode;

use common::{Form, Ground};
use failure::Failure;

use crate::document::pdf;
use crate::domain::rules::Language;

/// Watches the deadlines of official directives, reminds the officials responsible and escalates when nobody answers.
#[derive(Debug, Parser)]
#[command(name = "dondoc", version, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    /// The config [default: config.toml, then /etc/dondoc/config.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Language of tables and diagnostics [default: the config's]
    #[arg(long, global = true, value_name = "LANG")]
    pub lang: Option<Lang>,
    /// Print data as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// `--lang`
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Lang {
    /// Tiếng Việt
    Vi,
    /// English
    En,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the daemon
    #[command(long_about = run::LONG)]
    Run,
    /// Check the config, and against the imported facts
    #[command(long_about = check::LONG)]
    Check(check::Check),
    /// Import facts, or read a dispatch into drafts
    #[command(long_about = import::LONG)]
    Import(import::Import),
    /// Show what will be sent to whom
    #[command(long_about = simulate::LONG)]
    Simulate(simulate::Simulate),
    /// List assignments
    #[command(long_about = list::LONG)]
    List(list::List),
    /// Show one assignment with its timeline, or a directive
    #[command(long_about = show::LONG)]
    Show {
        /// NUMBER#CLAUSE@UNIT, or NUMBER#CLAUSE
        #[arg(value_name = "ASSIGNMENT|DIRECTIVE")]
        name: String,
    },
    /// Explain why a message was sent
    #[command(long_about = why::LONG)]
    Why {
        /// Key, Message-ID, or the code of an item
        #[arg(value_name = "MESSAGE")]
        message: String,
    },
    /// Explain why somebody got nothing
    #[command(long_about = why_not::LONG)]
    WhyNot(why_not::WhyNotArgs),
    /// Count what is open, due, late and waiting
    #[command(long_about = status::LONG)]
    Status,
    /// Enter a reply to an assignment
    #[command(long_about = reply::LONG)]
    Reply(reply::ReplyArgs),
    /// Record that a unit was renamed, merged or split
    #[command(long_about = unit::LONG)]
    Unit(unit::UnitArgs),
    /// Link the Telegram account of a person
    #[command(long_about = link::LONG)]
    Link(link::LinkArgs),
    /// Stop planning and sending
    #[command(long_about = pause::PAUSE)]
    Pause(pause::PauseArgs),
    /// Let planning and sending go on
    #[command(long_about = pause::RESUME)]
    Resume,
    /// Say that what a guard asks is right: a restored store, far more messages than foreseen
    #[command(long_about = confirm::LONG)]
    Confirm(confirm::ConfirmArgs),
    /// Ask the working calendar
    #[command(long_about = calendar::LONG)]
    Calendar(calendar::Calendar),
    /// Begin: write a config, facts to fill in and an empty store
    #[command(long_about = init::LONG)]
    Init(init::InitArgs),
    /// Show the whole thing at work on an example
    #[command(long_about = demo::LONG)]
    Demo(demo::DemoArgs),
    /// Measure how fast reminders leave on this machine
    #[command(long_about = bench::LONG)]
    Bench(bench::BenchArgs),
    /// Write the record of one assignment: who was pressed, when, and what they answered
    #[command(long_about = export::LONG)]
    Export(export::Export),
    /// Read a PDF within limits: the child process of `import`
    #[command(name = pdf::COMMAND, hide = true)]
    PdfText {
        /// `pdftotext`, where it is installed
        pdftotext: Option<PathBuf>,
    },
    /// Check that the journal was not altered
    #[command(long_about = verify::LONG)]
    Verify(verify::Verify),
}

impl Cli {
    /// `--lang`
    pub fn language(&self) -> Option<Language> {
        self.lang.map(|lang| match lang {
            Lang::Vi => Language::Vi,
            Lang::En => Language::En,
        })
    }

    /// `--json`
    pub const fn form(&self) -> Form {
        if self.json { Form::Json } else { Form::Table }
    }
}

/// Reads the command line, does what it asks and says how it ended.
pub fn main() -> ExitCode {
    // Store, log, backups and records hold names and addresses: whatever this program makes is for its user and group. What the
    // user keeps closer stays so.
    let asked = rustix::process::umask(Mode::empty());
    rustix::process::umask(asked | Mode::from_raw_mode(0o027));
    // Wrong usage ends here, with exit code 2; so do --help and --version, with 0.
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if usage::is_told_in_vietnamese(&error, &std::env::args_os().collect::<Vec<_>>()) => {
            usage::tell_in_vietnamese(&error);
            return ExitCode::from(2);
        }
        Err(error) => error.exit(),
    };
    if let Command::PdfText { pdftotext } = &cli.command {
        // No runtime: its threads would count against the limits.
        return ExitCode::from(pdf::child::run(pdftotext.as_deref()));
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            print::note(&format!("error: cannot start: {error}; free some memory or threads\n"));
            return ExitCode::FAILURE;
        }
    };
    let mut language = cli.language().unwrap_or_default();
    match runtime.block_on(act(&cli, &mut language)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.tell(language);
            ExitCode::from(failure.exit_code())
        }
    }
}

/// `language` becomes the config's as soon as it is known, so that what fails later is told in it.
async fn act(cli: &Cli, language: &mut Language) -> Result<(), Failure> {
    // Commands that work without a config, or tell its mistakes themselves, stand before the ground is loaded.
    match &cli.command {
        Command::Run => return run::run(cli, language).await,
        Command::Check(args) => return check::run(cli, language, args).await,
        Command::Init(args) => return init::run(cli, args).await,
        Command::Demo(args) => return demo::run(cli.language(), args).await,
        Command::Bench(args) => return bench::run(cli, args).await,
        Command::Import(args) => {
            if let Some(path) = args.template() {
                *language = common::language(cli);
                return import::write_template(path, *language);
            }
            return import::run(cli, language, args).await;
        }
        _ => {}
    }
    let ground = match &cli.command {
        // What they show is the config's.
        Command::Simulate(_) | Command::Calendar(_) => Ground::load(cli)?,
        _ => Ground::load_to_operate(cli)?,
    };
    *language = ground.language;
    let done = act_on(cli, &ground).await;
    ground.stores.close().await;
    done
}

/// The commands that stand on a config that holds.
async fn act_on(cli: &Cli, ground: &Ground) -> Result<(), Failure> {
    match &cli.command {
        Command::Run
        | Command::Check(_)
        | Command::Init(_)
        | Command::Demo(_)
        | Command::Bench(_)
        | Command::Import(_)
        | Command::PdfText { .. } => Ok(()),
        Command::Simulate(args) => simulate::run(cli, ground, args).await,
        Command::List(args) => list::run(ground, args).await,
        Command::Show { name } => show::run(ground, name).await,
        Command::Why { message } => why::run(ground, message).await,
        Command::WhyNot(args) => why_not::run(ground, args).await,
        Command::Status => status::run(ground).await,
        Command::Reply(args) => reply::run(ground, args).await,
        Command::Unit(args) => unit::run(ground, args).await,
        Command::Link(args) => link::run(ground, args).await,
        Command::Calendar(args) => calendar::run(ground, args),
        Command::Pause(args) => pause::pause(ground, args).await,
        Command::Resume => pause::resume(ground).await,
        Command::Export(args) => export::run(ground, args).await,
        Command::Confirm(args) => confirm::run(ground, args).await,
        Command::Verify(args) => verify::run(ground, args).await,
    }
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory as _};

    use super::Cli;

    /// The lines of the help of a command, and of those below it, that a terminal of eighty columns would cut.
    fn too_wide(command: &Command, found: &mut Vec<String>) {
        let help = command.clone().term_width(80).render_long_help().to_string();
        found.extend(help.lines().filter(|line| line.chars().count() > 80).map(|line| format!("{}: {line}", command.get_name())));
        for below in command.get_subcommands() {
            too_wide(below, found);
        }
    }

    #[test]
    fn every_help_fits_a_terminal_of_eighty_columns() {
        let mut command = Cli::command();
        command.build();
        let mut found = Vec::new();
        too_wide(&command, &mut found);
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}
