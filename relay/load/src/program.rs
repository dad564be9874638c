//! The relay's process.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use enginus_net::RelayAddress;
use enginus_relay::config::{AdmissionMode, Config, Engine};
use tempfile::TempDir;

/// Ticks a second in which Linux counts CPU time, on every architecture it is built for today.
const TICKS: f64 = 100.0;

const LOG: &str = "relay.log";
/// How long it may take to start.
const STARTS: Duration = Duration::from_secs(20);

/// How to start one.
pub(crate) struct Start {
    pub(crate) relay: Option<PathBuf>,
    pub(crate) nats: Option<String>,
}

/// A relay that runs. Dropping it ends it.
pub(crate) struct Program {
    child: Child,
    address: RelayAddress,
    folder: TempDir,
}

impl Program {
    pub(crate) fn start(start: &Start) -> anyhow::Result<Self> {
        let binary = match &start.relay {
            Some(binary) => binary.clone(),
            None => std::env::current_exe()?.with_file_name("enginus-relay"),
        };
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("relay.toml");
        std::fs::write(&file, config(folder.path(), start.nats.as_deref()).to_toml()?)?;
        let log = std::fs::File::create(folder.path().join(LOG))?;
        let mut command = Command::new(&binary);
        command.arg("--config").arg(&file).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = command
            .spawn()
            .with_context(|| format!("{} cannot be started; build it, or name it with --relay", binary.display()))?;
        let told = child.stdout.take().context("the relay says nothing")?;
        let mut lines = BufReader::new(told).lines();
        let address = loop {
            let line = lines.next().context("the relay ended at once; its log says why")??;
            if let Ok(address) = line.trim().parse::<RelayAddress>() {
                break address;
            }
        };
        let operator =
            lines.find_map(|line| Some(line.ok()?.split_once("http://")?.1.trim_end_matches('/').to_owned()));
        let program = Self { child, address, folder };
        program.wait_until_ready(&operator.context("the relay does not say where its operator's side is")?)?;
        Ok(program)
    }

    /// Storage that is another program's has to be found first.
    fn wait_until_ready(&self, operator: &str) -> anyhow::Result<()> {
        let began = Instant::now();
        while began.elapsed() < STARTS {
            let mut answer = String::new();
            let mut asked = TcpStream::connect(operator)?;
            asked.write_all(b"GET /readyz HTTP/1.1\r\nhost: relay\r\nconnection: close\r\n\r\n")?;
            asked.read_to_string(&mut answer)?;
            if answer.starts_with("HTTP/1.1 200") {
                return Ok(());
            }
            std::thread::park_timeout(Duration::from_millis(50));
        }
        bail!("the relay is not ready: {}", self.last_words())
    }

    /// The end of its log.
    pub(crate) fn last_words(&self) -> String {
        let log = std::fs::read_to_string(self.folder.path().join(LOG)).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(5).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn address(&self) -> &RelayAddress {
        &self.address
    }

    /// A folder for the run's own things.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Seconds of CPU it used since it was started.
    pub(crate) fn cpu_seconds(&self) -> anyhow::Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // Behind the name, which may hold anything, in brackets: user and system time are fields 14 and 15 of proc(5).
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok());
        Ok((ticks(11).context("no user time")? + ticks(12).context("no system time")?) / TICKS)
    }

    /// Bytes of memory it holds now.
    pub(crate) fn resident_bytes(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kib: f64 = line.split_whitespace().next().context("no VmRSS")?.parse()?;
        Ok(kib * 1024.0)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
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
