//! The relay's process, with what it needs.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use enginus_net::RelayAddress;
use enginus_relay::config::{AdmissionMode, Config, Engine};
use tempfile::TempDir;

use crate::nats::Nats;
use crate::process::Process;

const LOG: &str = "relay.log";
/// How long it may take to start.
const STARTS: Duration = Duration::from_secs(20);

/// How to start one.
pub(crate) struct Start {
    /// The relay's program; without it the one beside this.
    pub(crate) binary: Option<PathBuf>,
    /// A NATS server that runs.
    pub(crate) nats: Option<String>,
    /// The program of one to be started.
    pub(crate) nats_server: Option<PathBuf>,
}

/// A relay that runs. Dropping it ends it and, in this order, its own NATS server, and removes what they kept.
pub(crate) struct Program {
    process: Process,
    nats: Option<Nats>,
    storage: &'static str,
    address: RelayAddress,
    operator: String,
    folder: TempDir,
}

/// Seconds of CPU used so far.
#[derive(Clone, Copy)]
pub(crate) struct Cpu {
    pub(crate) relay: f64,
    /// Of the NATS server that was started for the run.
    pub(crate) nats: Option<f64>,
}

impl Program {
    pub(crate) fn start(start: &Start) -> anyhow::Result<Self> {
        let binary = match &start.binary {
            Some(binary) => binary.clone(),
            None => std::env::current_exe()?.with_file_name("enginus-relay"),
        };
        let folder = tempfile::tempdir()?;
        let server = start.nats_server.as_deref();
        let nats = server.map(|program| Nats::start(program, &folder.path().join("nats"))).transpose()?;
        let url = nats.as_ref().map(|nats| nats.url.as_str()).or(start.nats.as_deref());
        let file = folder.path().join("relay.toml");
        std::fs::write(&file, config(folder.path(), url).to_toml()?)?;
        let log = std::fs::File::create(folder.path().join(LOG))?;
        let mut command = Command::new(&binary);
        command.arg("--config").arg(&file).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut process = Process::start(&mut command)
            .with_context(|| format!("{} cannot be started; build it, or name it with --binary", binary.display()))?;
        let told = BufReader::new(process.stdout()?);
        let Some((address, operator)) = read_start(told)? else {
            bail!("the relay ended at once:\n{}", last_words(folder.path()));
        };
        let storage = if url.is_some() { "NATS JetStream" } else { "embedded" };
        let program = Self { process, nats, storage, address, operator, folder };
        program.wait_until_ready()?;
        Ok(program)
    }

    /// Storage that is another program's has to be found first.
    fn wait_until_ready(&self) -> anyhow::Result<()> {
        let began = Instant::now();
        while began.elapsed() < STARTS {
            if self.ask("/readyz")?.starts_with("HTTP/1.1 200") {
                return Ok(());
            }
            std::thread::park_timeout(Duration::from_millis(50));
        }
        bail!("the relay is not ready:\n{}", self.last_words())
    }

    /// Asks the operator's side.
    fn ask(&self, path: &str) -> anyhow::Result<String> {
        let mut answer = String::new();
        let mut asked = TcpStream::connect(&self.operator)?;
        asked.write_all(format!("GET {path} HTTP/1.1\r\nhost: relay\r\nconnection: close\r\n\r\n").as_bytes())?;
        asked.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// How many sessions the relay itself counts.
    pub(crate) fn sessions(&self) -> anyhow::Result<f64> {
        let metrics = self.ask("/metrics")?;
        let told = metrics.lines().find_map(|line| line.strip_prefix("enginus_relay_sessions "));
        Ok(told.context("the relay does not tell its sessions")?.trim().parse()?)
    }

    /// The end of its log.
    pub(crate) fn last_words(&self) -> String {
        last_words(self.folder.path())
    }

    /// Where it keeps what it stores, in words.
    pub(crate) const fn storage(&self) -> &'static str {
        self.storage
    }

    pub(crate) const fn address(&self) -> &RelayAddress {
        &self.address
    }

    /// A folder for the run's own things.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn cpu(&self) -> anyhow::Result<Cpu> {
        let nats = self.nats.as_ref().map(|nats| nats.process.cpu_seconds()).transpose()?;
        Ok(Cpu { relay: self.process.cpu_seconds()?, nats })
    }

    /// Bytes of memory the relay holds now.
    pub(crate) fn resident_bytes(&self) -> anyhow::Result<f64> {
        self.process.resident_bytes()
    }
}

impl Cpu {
    /// What was used since.
    pub(crate) fn since(self, before: Self) -> Self {
        let nats = self.nats.zip(before.nats).map(|(now, before)| now - before);
        Self { relay: self.relay - before.relay, nats }
    }
}

/// What it says when it starts: its address, then where its operator's side is. `None` where it ended before.
fn read_start(told: impl BufRead) -> anyhow::Result<Option<(RelayAddress, String)>> {
    let mut address = None;
    for line in told.lines() {
        let line = line?;
        match &address {
            None => address = line.trim().parse::<RelayAddress>().ok(),
            Some(_) => {
                if let Some((_, operator)) = line.split_once("http://") {
                    let operator = operator.trim_end_matches('/').to_owned();
                    ensure!(!operator.is_empty(), "the relay does not say where its operator's side is");
                    return Ok(address.map(|address| (address, operator)));
                }
            }
        }
    }
    Ok(None)
}

fn last_words(folder: &Path) -> String {
    let log = std::fs::read_to_string(folder.join(LOG)).unwrap_or_default();
    let lines: Vec<&str> = log.lines().rev().take(5).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}

/// As an operator has it, but for ports, and for what would hold a whole load on one machine back.
fn config(folder: &Path, nats: Option<&str>) -> Config {
    let mut config = Config::dev(&folder.join("data"));
    for bind in [&mut config.server.mailbox, &mut config.server.relay, &mut config.http.bind] {
        bind.set_port(0);
    }
    config.admission.mode = AdmissionMode::Open;
    config.quota.device_envelopes_per_second = u32::MAX;
    config.quota.device_envelopes_burst = u32::MAX;
    config.limits.connections = 100_000;
    config.limits.strangers = 100_000;
    config.limits.half_open = 100_000;
    if let Some(url) = nats {
        config.storage.engine = Engine::Nats;
        url.clone_into(&mut config.storage.nats.url);
        config.storage.nats.replicas = 1;
    }
    config
}
