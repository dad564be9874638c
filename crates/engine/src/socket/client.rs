//! The other processes' side, and the choice between owning a home and asking its owner.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use interprocess::local_socket::tokio::{Stream, prelude::*};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::time::{Instant, sleep, timeout};
use zeroize::Zeroizing;

use super::{Greeting, SOCKET_VERSION, Server, socket_name, socket_path};
use crate::api::{Command, Failure, FailureKind, Update};
use crate::running::{Reporter, Running};
use crate::{Engine, Options};

/// How long a home that is being opened or closed by somebody else is waited for.
const HANDOVER: Duration = Duration::from_secs(15);
/// How long an owner may take to greet before it counts as hung.
const GREETING: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_millis(40);

/// What a script uses: it works through the process that owns the home, or owns it itself for the time being.
#[derive(Debug)]
pub struct Client(Kind);

#[derive(Debug)]
enum Kind {
    Owner { engine: Engine, server: Option<Server> },
    Caller { home: PathBuf, first: Mutex<Option<Stream>> },
}

impl Client {
    /// Opens the home, or finds the process that has it open.
    ///
    /// # Errors
    /// Whatever keeps the home from being opened; `Busy` when its owner does not answer.
    pub async fn connect(options: Options) -> Result<Self, Failure> {
        let deadline = Instant::now() + HANDOVER;
        loop {
            match Engine::open(options.clone()).await {
                Ok(engine) => {
                    let server = Server::start(&options.home, engine.clone())
                        .inspect_err(|error| tracing::warn!("other processes cannot share this home: {error}"))
                        .ok();
                    return Ok(Self(Kind::Owner { engine, server }));
                }
                Err(failure) if failure.kind != FailureKind::Busy => return Err(failure),
                Err(busy) => match greet(&options.home).await {
                    Ok(stream) => {
                        return Ok(Self(Kind::Caller { home: options.home, first: Mutex::new(Some(stream)) }));
                    }
                    Err(Greet::Failed(failure)) => return Err(failure),
                    Err(Greet::Nobody) if Instant::now() >= deadline => return Err(busy),
                    Err(Greet::Nobody) => sleep(RETRY).await,
                },
            }
        }
    }

    /// Starts a command.
    #[must_use]
    pub fn run(&self, command: Command) -> Running {
        match &self.0 {
            Kind::Owner { engine, .. } => engine.run(command),
            Kind::Caller { home, first } => {
                let (running, reporter) = Running::new();
                let first = first.lock().ok().and_then(|mut first| first.take());
                tokio::spawn(ask(home.clone(), first, command, reporter));
                running
            }
        }
    }

    /// The engine, where this process owns the home.
    #[must_use]
    pub fn engine(&self) -> Option<&Engine> {
        match &self.0 {
            Kind::Owner { engine, .. } => Some(engine),
            Kind::Caller { .. } => None,
        }
    }

    /// Waits for other processes' commands under way, then lets the home go.
    pub async fn close(self) {
        if let Kind::Owner { engine, server } = self.0 {
            if let Some(server) = server {
                server.close().await;
            }
            engine.close().await;
        }
    }
}

enum Greet {
    /// Nobody listens: the owner is starting or ending.
    Nobody,
    Failed(Failure),
}

async fn greet(home: &Path) -> Result<Stream, Greet> {
    let path = socket_path(home).map_err(|_| Greet::Nobody)?;
    let name = socket_name(&path).map_err(|_| Greet::Nobody)?;
    let stream = timeout(GREETING, Stream::connect(name)).await.map_err(|_| Greet::Failed(hung(None)))?;
    let stream = stream.map_err(|_| Greet::Nobody)?;
    let mut line = String::new();
    // One byte at a time would be needed to never read past the line; the server says nothing more before it is asked.
    let read = timeout(GREETING, BufReader::new(&stream).read_line(&mut line)).await;
    match read {
        Err(_) => Err(Greet::Failed(hung(None))),
        Ok(Err(_) | Ok(0)) => Err(Greet::Nobody),
        Ok(Ok(_)) => match serde_json::from_str::<Greeting>(&line) {
            Ok(greeting) if greeting.enginus == SOCKET_VERSION => Ok(stream),
            Ok(greeting) => Err(Greet::Failed(
                Failure::new(FailureKind::Busy, "another version of ENGINUS has this home open")
                    .hint(format!("close it (process {}) or use its version", greeting.pid)),
            )),
            Err(_) => Err(Greet::Failed(hung(None))),
        },
    }
}

fn hung(pid: Option<u32>) -> Failure {
    let who = pid.map_or_else(String::new, |pid| format!(" (process {pid})"));
    Failure::new(FailureKind::Busy, format!("another process{who} has this home open and does not answer"))
        .hint("close the window or the agent that uses it, then try again; nothing was changed")
}

async fn ask(home: PathBuf, first: Option<Stream>, command: Command, reporter: Reporter) {
    if let Err(failure) = converse(&home, first, command, &reporter).await {
        reporter.say(Update::Done(Err(failure))).await;
    }
}

async fn converse(home: &Path, first: Option<Stream>, command: Command, reporter: &Reporter) -> Result<(), Failure> {
    let stream = match first {
        Some(stream) => stream,
        None => greet(home).await.map_err(|error| match error {
            Greet::Failed(failure) => failure,
            Greet::Nobody => gone(),
        })?,
    };
    let unusable = |error| Failure::new(FailureKind::Invalid, format!("the command cannot be sent: {error}"));
    // It may hold a passphrase.
    let mut line = Zeroizing::new(serde_json::to_vec(&command).map_err(unusable)?);
    line.push(b'\n');
    (&stream).write_all(&line).await.map_err(|_| gone())?;
    let mut lines = BufReader::new(&stream).lines();
    loop {
        let next = tokio::select! {
            next = lines.next_line() => next,
            // Closing the connection is how the owner learns that the person gave up.
            () = reporter.token().cancelled() => return Err(Failure::new(FailureKind::Cancelled, "stopped as asked")),
        };
        let line = next.map_err(|_| gone())?.ok_or_else(gone)?;
        let update: Update = serde_json::from_str(&line)
            .map_err(|error| Failure::new(FailureKind::Internal, format!("an answer was not understood: {error}")))?;
        let done = matches!(update, Update::Done(_));
        reporter.say(update).await;
        if done {
            return Ok(());
        }
    }
}

fn gone() -> Failure {
    Failure::new(FailureKind::Busy, "the process that had this home open ended before it answered")
        .hint("look with `enginus status` whether the command was carried out, then try again")
}
