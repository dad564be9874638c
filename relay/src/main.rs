//! The relay as a program: its arguments, its log, its exit codes.

mod arguments;
mod tasks;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;
use enginus_relay::config::{Config, ConfigError, Environment, Loaded, LogFormat, Logging, Secrets};
use enginus_relay::run::{self, Parts, RunError, seams};
use tracing_subscriber::EnvFilter;

use arguments::Arguments;

/// Wrong usage, or a configuration that cannot be used.
const WRONG_USAGE: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    // clap ends the program itself with 2 on wrong usage and with 0 after --help.
    let arguments = Arguments::parse();
    match run(arguments).await {
        Ok(code) => code,
        Err(error) => {
            tell_error(&error);
            let usage = error.chain().any(|e| {
                e.is::<ConfigError>()
                    || matches!(e.downcast_ref(), Some(RunError::Config(_) | RunError::Environment(_)))
            });
            if usage { ExitCode::from(WRONG_USAGE) } else { ExitCode::FAILURE }
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    // A folder for --dev without one lives as long as the program.
    let temporary = match (&arguments.dev, &arguments.config) {
        (Some(None), _) => Some(tasks::temporary_folder().context("no folder for --dev can be made")?),
        _ => None,
    };
    let loaded = match (&arguments.dev, &temporary) {
        (Some(Some(dir)), _) => Loaded { config: Config::dev(dir), warnings: Vec::new() },
        (Some(None), Some(dir)) => Loaded { config: Config::dev(dir.path()), warnings: Vec::new() },
        _ => match &arguments.config {
            Some(path) => Config::load(path)?,
            None => Config::parse("")?,
        },
    };
    if arguments.print_config {
        tell(loaded.config.to_toml()?.trim_end());
        return Ok(ExitCode::SUCCESS);
    }
    start_log(&loaded.config.logging)?;
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let environment = Environment::of_process();
    let secrets = Secrets::read(&environment).map_err(RunError::from)?;
    match arguments.task {
        Some(task) => tasks::run(task, &loaded.config, &secrets).await,
        None => serve(loaded.config, secrets, environment).await,
    }
}

async fn serve(config: Config, secrets: Secrets, environment: Environment) -> anyhow::Result<ExitCode> {
    let storage = seams::open_storage(&config, &secrets).await.map_err(RunError::from)?;
    let stop = signals().context("signals cannot be listened for")?;
    let parts = Parts { config, secrets, environment, storage, service: seams::service() };
    let running = run::start(parts).await?;
    let addresses = running.addresses();
    tracing::info!(mailbox = %addresses.mailbox, web = %addresses.web, operator = %addresses.operator, "serving");
    tell(&format!("The address for a project's settings:\n{}", addresses.line));
    tell(&format!("Status, health and metrics: http://{}/", addresses.operator));
    running.until(stop).await?;
    Ok(ExitCode::SUCCESS)
}

fn start_log(logging: &Logging) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&logging.level).context("`logging.level` cannot be used")?;
    let colours = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr);
    let started = match logging.format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    started.map_err(|e| anyhow::anyhow!("the log cannot be started: {e}"))
}

/// Done at the first SIGINT or SIGTERM.
#[cfg(unix)]
fn signals() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Done at the first Ctrl-C.
#[cfg(not(unix))]
fn signals() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

#[expect(clippy::print_stdout, reason = "what was asked for on the command line is answered there")]
fn tell(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "a program's last word to the person who started it")]
fn tell_error(error: &anyhow::Error) {
    eprintln!("enginus-relay: {error:#}");
}
