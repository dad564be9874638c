//! The real program on loopback, as an operator starts it, and how a test looks at it from outside.

#![allow(dead_code, unused_imports, unreachable_pub, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail the test")]

mod balancer;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use enginus_relay::config::Config;

pub use balancer::Balancer;

/// Long enough for a busy machine; nothing waits this long unless it fails.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A relay's process. Killed when dropped.
pub struct Program {
    folder: PathBuf,
    config: Config,
    key: Option<String>,
    child: Child,
    /// What a project names it by; its HTTP side left out.
    pub address: String,
    /// The mailbox.
    pub mailbox: SocketAddr,
    /// The iroh relay.
    pub web: SocketAddr,
    /// Health and metrics.
    pub operator: SocketAddr,
}

impl Program {
    /// Starts one that keeps its things in a folder: every project is admitted, ports are free ones, the rest is as `change` says. `key`
    /// is the seed of its key in hexadecimal digits; without one it makes its own.
    pub fn start(folder: &Path, key: Option<&str>, change: impl FnOnce(&mut Config)) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let mut config = Config::dev(&folder.join("data"));
        for bind in [&mut config.server.mailbox, &mut config.server.relay, &mut config.http.bind] {
            bind.set_port(0);
        }
        change(&mut config);
        let key = key.map(str::to_owned);
        let (child, line, operator) = run(folder, &config, key.as_deref());
        let (address, web) = line.split_once("?web=http://").expect("the address line");
        let mailbox: SocketAddr = address.split_once('@').expect("the address line").1.parse().unwrap();
        // Started again, it is where it was.
        config.server.mailbox = mailbox;
        let web = web.parse().unwrap();
        Self { folder: folder.to_owned(), config, key, child, address: address.to_owned(), mailbox, web, operator }
    }

    /// Kills it: it has no time to do anything.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again after it was killed.
    pub fn start_again(&mut self) {
        let (child, _, operator) = run(&self.folder, &self.config, self.key.as_deref());
        (self.child, self.operator) = (child, operator);
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A line of what Linux says of its memory: `VmRSS` now, `VmHWM` at its highest.
    pub fn memory_kib(&self, line: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let said = status.lines().find_map(|said| said.strip_prefix(line)?.strip_prefix(':')).expect("the line");
        said.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// Where its log goes.
    pub fn log(&self) -> PathBuf {
        self.folder.join("relay.log")
    }

    /// What the operator's side answers.
    pub fn get(&self, path: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(self.operator)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: relay\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// What a series of its metrics says now; `name` is with its labels and without what all names begin with.
    pub fn metric(&self, name: &str) -> u64 {
        let text = self.get("/metrics").unwrap();
        let line =
            text.lines().find_map(|line| line.strip_prefix("enginus_relay_")?.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
    }

    /// Waits until a series says what is wanted.
    pub async fn until(&self, name: &str, wanted: impl Fn(u64) -> bool) {
        let waiting = async {
            while !wanted(self.metric(name)) {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting)
            .await
            .unwrap_or_else(|_| panic!("{name} stays at {}", self.metric(name)));
    }

    /// Waits until it says that it is ready.
    pub async fn ready(&self) {
        let waiting = async {
            while !self.get("/readyz").is_ok_and(|answer| answer.starts_with("HTTP/1.1 200")) {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("it becomes ready");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts it; answers its address line and its operator's side once it serves.
fn run(folder: &Path, config: &Config, key: Option<&str>) -> (Child, String, SocketAddr) {
    let file = folder.join("relay.toml");
    std::fs::write(&file, config.to_toml().unwrap()).unwrap();
    let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("relay.log")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_enginus-relay"));
    command.arg("--config").arg(&file).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
    key.map(|key| command.env("ENGINUS_RELAY_KEY", key));
    let mut child = command.spawn().unwrap();
    let told: Vec<String> = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap).take(3).collect();
    let [_, line, operator] = &told[..] else { panic!("it did not start: {told:?}") };
    let operator = operator.split("http://").nth(1).expect("its operator's side").trim_end_matches('/');
    (child, line.clone(), operator.parse().unwrap())
}
