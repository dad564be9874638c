//! A real NATS server for tests, on this machine only.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Where Debian puts it, which is not on everybody's path.
const USUAL_PLACE: &str = "/usr/sbin/nats-server";

/// A running server; killed when dropped.
pub(crate) struct Server {
    program: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
    arguments: Vec<String>,
    child: Child,
}

impl Server {
    /// Starts one; `None`, and a word about it, where the program is not installed.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// Starts one with more arguments.
    pub(crate) fn start_with(arguments: &[&str]) -> Option<Self> {
        let Some(program) = find() else {
            println!("skipped: nats-server is not installed");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let child = run(&program, folder.path(), port, &arguments);
        Some(Self { program, folder, port, arguments, child })
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    pub(crate) fn start_again(&mut self) {
        self.child = run(&self.program, self.folder.path(), self.port, &self.arguments);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join("nats-server"));
    on_path.chain([PathBuf::from(USUAL_PLACE)]).find(|program| program.is_file())
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Answers once the server says that it is ready.
fn run(program: &Path, folder: &Path, port: u16, arguments: &[String]) -> Child {
    let mut child = Command::new(program)
        .args(["-js", "-a", "127.0.0.1", "-p", &port.to_string(), "-sd"])
        .arg(folder)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let ready = lines.by_ref().any(|line| line.is_ok_and(|line| line.contains("Server is ready")));
    assert!(ready, "the server did not start");
    // It goes on writing, and stops when nobody reads.
    std::thread::spawn(move || lines.for_each(drop));
    child
}
