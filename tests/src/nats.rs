//! Real NATS servers on loopback.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Where Debian puts the program, which is not on everybody's path.
const USUAL_PLACE: &str = "/usr/sbin/nats-server";

/// One server or a cluster of them, with JetStream. Killed when dropped.
#[derive(Debug)]
pub struct Nats {
    program: PathBuf,
    folder: PathBuf,
    ports: Vec<Ports>,
    running: Vec<Option<Child>>,
}

#[derive(Debug, Clone, Copy)]
struct Ports {
    clients: u16,
    servers: u16,
}

impl Nats {
    /// Starts so many servers that keep their files below a folder; `None`, and a word about it, where the program is not installed.
    #[must_use]
    pub fn start(folder: &Path, count: usize) -> Option<Self> {
        let program = find()?;
        let ports = (0..count).map(|_| Ports { clients: free_port(), servers: free_port() }).collect();
        let mut nats = Self { program, folder: folder.to_owned(), ports, running: Vec::new() };
        // Servers of a cluster wait for each other: all are started before one is waited for.
        nats.running = (0..count).map(|number| Some(nats.spawn(number))).collect();
        nats.running.iter_mut().flatten().for_each(until_ready);
        Some(nats)
    }

    /// How clients reach them.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        self.ports.iter().map(|ports| format!("nats://127.0.0.1:{}", ports.clients)).collect()
    }

    /// What they call themselves.
    #[must_use]
    pub fn name(number: usize) -> String {
        format!("nats-{number}")
    }

    /// Kills one: it has no time to do anything.
    pub fn kill(&mut self, number: usize) {
        let mut child = self.running[number].take().expect("it runs");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Starts one again over its files.
    pub fn start_again(&mut self, number: usize) {
        let mut child = self.spawn(number);
        until_ready(&mut child);
        self.running[number] = Some(child);
    }

    fn spawn(&self, number: usize) -> Child {
        let ports = self.ports[number];
        let mut command = Command::new(&self.program);
        command.args(["-js", "-a", "127.0.0.1", "-p", &ports.clients.to_string()]);
        command.args(["--name", &Self::name(number), "-sd"]).arg(self.folder.join(Self::name(number)));
        if self.ports.len() > 1 {
            let place = |ports: &Ports| format!("nats://127.0.0.1:{}", ports.servers);
            let routes: Vec<String> = self.ports.iter().map(place).collect();
            command.args(["--cluster_name", "story", "--cluster", &place(&ports), "--routes", &routes.join(",")]);
        }
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        for child in self.running.iter_mut().flatten() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Answers once the server says that it is ready.
fn until_ready(child: &mut Child) {
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let ready = lines.by_ref().any(|line| line.is_ok_and(|line| line.contains("Server is ready")));
    assert!(ready, "the NATS server did not start");
    // It goes on writing, and stops when nobody reads.
    std::thread::spawn(move || lines.for_each(drop));
}

#[expect(clippy::print_stderr, reason = "whoever runs the tests is told that one of them could not")]
fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join("nats-server"));
    let found = on_path.chain([PathBuf::from(USUAL_PLACE)]).find(|program| program.is_file());
    if found.is_none() {
        eprintln!("skipped: nats-server is not installed");
    }
    found
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
