//! A NATS server with JetStream, beside the relay.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use crate::process::Process;

/// A server on a free port of this machine.
pub(crate) struct Nats {
    pub(crate) process: Process,
    pub(crate) url: String,
}

impl Nats {
    /// Starts one that keeps its files in a folder, and waits until it serves.
    pub(crate) fn start(program: &Path, folder: &Path) -> anyhow::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new(program);
        command.args(["-js", "-a", "127.0.0.1", "-p", &port.to_string(), "-sd"]).arg(folder);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process =
            Process::start(&mut command).with_context(|| format!("{} cannot be started", program.display()))?;
        let mut lines = BufReader::new(process.stderr()?).lines();
        let mut said = Vec::new();
        let ready = lines.by_ref().map_while(Result::ok).any(|line| {
            let is_ready = line.contains("Server is ready");
            said.push(line);
            is_ready
        });
        ensure!(ready, "the NATS server ended at once:\n{}", said.join("\n"));
        // It goes on writing, and stops when nobody reads.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { process, url: format!("nats://127.0.0.1:{port}") })
    }
}
