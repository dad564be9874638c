//! The command line: arguments in, commands to the engine, answers out.
//!
//! Exit codes: 0 done, 1 refused or failed, 2 usage. What is asked for goes to stdout, everything else to stderr. It
//! deliberately does not know stores, keys or networks: it asks the engine, or the process that has the home open.
//!
//! ```
//! use std::process::ExitCode;
//! // `--help` is answered without a home.
//! let code = enginus_cli::run(["enginus", "--help"].map(Into::into).into_iter(), None);
//! assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::SUCCESS));
//! ```

mod access;
mod args;
mod ask;
mod commands;
mod demo;
mod home;
mod phrases;
mod session;
mod show;
mod texts;
mod walk;

pub use phrases::{translated, translated_text};

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser as _;
use enginus_engine::api::Failure;
use enginus_engine::{NetworkOptions, Options};
use enginus_model::Language;

use crate::args::{Arguments, Verb};
use crate::texts::Texts;

/// What the desktop is given when it is to be opened.
#[derive(Debug, Clone)]
pub struct DesktopRequest {
    /// How to open the home.
    pub options: Options,
    /// The language asked for, if any.
    pub language: Option<Language>,
}

/// Opens the desktop; absent in a build without one.
pub type Desktop = fn(DesktopRequest) -> Result<(), Failure>;

/// How one call is to be carried out.
pub(crate) struct Call {
    pub(crate) options: Options,
    pub(crate) project: Option<String>,
    pub(crate) passphrase_file: Option<PathBuf>,
    pub(crate) json: bool,
    pub(crate) language: Language,
    pub(crate) texts: Texts,
}

/// Runs the command line `arguments` (the program's name first).
#[must_use]
pub fn run(arguments: impl Iterator<Item = OsString>, desktop: Option<Desktop>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    start_logging();
    let language = texts::choose(arguments.language.as_deref());
    let texts = Texts::new(language);
    let json = arguments.json;
    match carry_out(arguments, language, desktop) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            show::failure(&texts, &failure, json);
            ExitCode::FAILURE
        }
    }
}

fn carry_out(arguments: Arguments, language: Language, desktop: Option<Desktop>) -> Result<(), Failure> {
    if let Some(text) = &arguments.language
        && Language::parse(text).is_none()
    {
        return Err(Failure::new(
            enginus_engine::api::FailureKind::Invalid,
            format!("\"{text}\" is not a language of this program"),
        )
        .hint("use en or tr"));
    }
    let home = home::choose(arguments.home)?;
    let mut network = NetworkOptions { mdns: arguments.mdns, ..NetworkOptions::default() };
    if let Some(bind) = arguments.bind {
        network.bind = bind;
    }
    let options = Options { home, network };
    let verb = match arguments.verb {
        None | Some(Verb::Desktop) => {
            return open_desktop(desktop, options, arguments.language.is_some().then_some(language));
        }
        Some(verb) => verb,
    };
    let call = Call {
        options,
        project: arguments.project,
        passphrase_file: arguments.passphrase_file,
        json: arguments.json,
        language,
        texts: Texts::new(language),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
        Failure::new(enginus_engine::api::FailureKind::Internal, format!("the program cannot start: {error}"))
    })?;
    if let Verb::Demo { dir, headless } = verb {
        let shown = runtime.block_on(demo::play(&call, dir))?;
        drop(runtime);
        return match desktop {
            Some(_) if !headless && has_display() => open_desktop(desktop, home_options(&call, shown), Some(language)),
            _ => Ok(()),
        };
    }
    runtime.block_on(commands::carry_out(&call, verb))
}

fn home_options(call: &Call, home: PathBuf) -> Options {
    Options { home, network: call.options.network }
}

fn open_desktop(desktop: Option<Desktop>, options: Options, language: Option<Language>) -> Result<(), Failure> {
    let desktop = desktop.ok_or_else(|| {
        Failure::new(enginus_engine::api::FailureKind::Invalid, "this build has no desktop")
            .hint("`enginus --help` lists what it can do")
    })?;
    desktop(DesktopRequest { options, language })
}

fn has_display() -> bool {
    !cfg!(target_os = "linux") || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some())
}

fn start_logging() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_env("ENGINUS_LOG").unwrap_or_else(|_| EnvFilter::new("error"));
    let coloured = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(coloured)
        .without_time()
        .try_init();
}
