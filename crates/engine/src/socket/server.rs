//! The owner's side.

use std::path::{Path, PathBuf};
use std::time::Duration;

use interprocess::local_socket::ListenerOptions;
use interprocess::local_socket::tokio::{Listener, Stream, prelude::*};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use zeroize::Zeroizing;

use super::{Greeting, LINE_BYTES_MAX, SOCKET_VERSION, socket_name, socket_path};
use crate::Engine;
use crate::api::{Command, Failure, FailureKind, Update};

/// A caller that connected but says nothing is let go after this when the owner wants to end.
const SILENT_CALLER: Duration = Duration::from_secs(2);
const CONNECTIONS_MAX: usize = 64;

/// Serves an engine to other processes until it is closed.
#[derive(Debug)]
pub(crate) struct Server {
    path: PathBuf,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Server {
    /// Listens for the home at `home`. The caller owns the home, so a socket left by a dead owner may be replaced.
    pub(crate) fn start(home: &Path, engine: Engine) -> std::io::Result<Self> {
        let path = socket_path(home)?;
        if cfg!(unix) {
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        let listener = ListenerOptions::new().name(socket_name(&path)?).create_tokio()?;
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(accept(listener, engine, stop.clone(), tasks.clone()));
        Ok(Self { path, stop, tasks })
    }

    /// Takes no new callers and waits for the commands under way.
    pub(crate) async fn close(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        if cfg!(unix) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

async fn accept(listener: Listener, engine: Engine, stop: CancellationToken, tasks: TaskTracker) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok(stream) if tasks.len() <= CONNECTIONS_MAX => {
                tasks.spawn(serve(stream, engine.clone(), stop.clone()));
            }
            Ok(_) => tracing::warn!("too many processes work on this home at once; one was turned away"),
            Err(error) => {
                tracing::warn!("the local socket refused a caller: {error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn serve(stream: Stream, engine: Engine, stop: CancellationToken) {
    if let Err(error) = converse(&stream, &engine, &stop).await {
        tracing::debug!("a process on the local socket went away: {error}");
    }
}

async fn converse(stream: &Stream, engine: &Engine, stop: &CancellationToken) -> std::io::Result<()> {
    let mut sender = stream;
    send(&mut sender, &Greeting { enginus: SOCKET_VERSION, pid: std::process::id() }).await?;
    let mut reader = BufReader::new(stream.take(LINE_BYTES_MAX));
    // It may hold a passphrase.
    let mut line = Zeroizing::new(String::new());
    tokio::select! {
        read = reader.read_line(&mut line) => { read?; }
        () = async { stop.cancelled().await; tokio::time::sleep(SILENT_CALLER).await } => return Ok(()),
    }
    if line.is_empty() {
        return Ok(());
    }
    let command: Command = match serde_json::from_str(&line) {
        Ok(command) => command,
        Err(error) => {
            let failure = Failure::new(FailureKind::Invalid, format!("the command was not understood: {error}"))
                .hint("use the same version of the program for the window and the command line");
            return send(&mut sender, &Update::Done(Err(failure))).await;
        }
    };
    let mut running = engine.run(command);
    let mut rest = [0u8; 64];
    loop {
        tokio::select! {
            update = running.next() => match update {
                Some(update) => send(&mut sender, &update).await?,
                None => return Ok(()),
            },
            // A caller that closes its side wants the command stopped; one that sends more is not understood.
            _ = reader.read(&mut rest) => {
                running.cancel();
                return Ok(());
            }
        }
    }
}

async fn send(stream: &mut &Stream, message: &impl serde::Serialize) -> std::io::Result<()> {
    let mut line = Zeroizing::new(serde_json::to_vec(message).map_err(std::io::Error::other)?);
    line.push(b'\n');
    stream.write_all(&line).await
}
