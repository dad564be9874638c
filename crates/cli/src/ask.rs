//! Asking the engine, with its progress on the terminal.

use std::io::{IsTerminal as _, Write as _};

use enginus_engine::Client;
use enginus_engine::api::{Answer, Command, Failure, FailureKind, Update};

use crate::{Call, session, show};

/// Runs one command on a home that is opened for it.
pub(crate) async fn ask(call: &Call, command: Command) -> Result<Answer, Failure> {
    let client = Client::connect(call.options.clone()).await?;
    let answer = session::unlocked(call, &client, command).await;
    client.close().await;
    answer
}

/// Runs one command on an open client, showing what it says on the way. Ctrl-C asks it to stop.
pub(crate) async fn on(call: &Call, client: &Client, command: Command) -> Result<Answer, Failure> {
    let mut running = client.run(command);
    let mut line = ProgressLine::new();
    let mut interrupted = false;
    loop {
        let update = tokio::select! {
            update = running.next() => update,
            _ = tokio::signal::ctrl_c(), if !interrupted => {
                interrupted = true;
                running.cancel();
                continue;
            }
        };
        match update {
            Some(Update::Progress { what, done, total }) => line.show(&call.texts.phrase(&what), done, total),
            Some(Update::Added(document)) => {
                line.clear();
                show::added(call, &document);
            }
            Some(Update::Refused { file, failure }) => {
                line.clear();
                show::refused(&call.texts, &file, &failure);
            }
            Some(Update::DeviceCode { code, expires }) => {
                line.clear();
                session::code(call, &code, expires);
            }
            Some(Update::Done(result)) => {
                line.clear();
                return result;
            }
            None => {
                line.clear();
                return Err(Failure::new(FailureKind::Internal, "the command ended without an answer"));
            }
        }
    }
}

/// One line on stderr that is written over; nothing where stderr is no terminal.
struct ProgressLine {
    enabled: bool,
    shown: bool,
}

impl ProgressLine {
    fn new() -> Self {
        Self { enabled: std::io::stderr().is_terminal(), shown: false }
    }

    fn show(&mut self, what: &str, done: u64, total: u64) {
        if !self.enabled {
            return;
        }
        let what: String = what.chars().filter(|c| !c.is_control()).take(60).collect();
        let percent = done.saturating_mul(100).checked_div(total);
        let share = percent.map_or_else(|| done.to_string(), |percent| format!("{percent:3} %"));
        let _ = write!(std::io::stderr(), "\r\x1b[2K{share}  {what}");
        self.shown = true;
    }

    fn clear(&mut self) {
        if self.shown {
            let _ = write!(std::io::stderr(), "\r\x1b[2K");
            self.shown = false;
        }
    }
}
