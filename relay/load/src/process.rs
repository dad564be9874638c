//! A program that this one started, and what the system counts of it.

use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command};

use anyhow::Context;

/// Ticks a second in which Linux counts CPU time, on every architecture it is built for today.
const TICKS: f64 = 100.0;

/// A program that runs. Dropping it ends it.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(command: &mut Command) -> std::io::Result<Self> {
        command.spawn().map(Self)
    }

    pub(crate) fn stdout(&mut self) -> anyhow::Result<ChildStdout> {
        self.0.stdout.take().context("the program's output is not read")
    }

    pub(crate) fn stderr(&mut self) -> anyhow::Result<ChildStderr> {
        self.0.stderr.take().context("the program's messages are not read")
    }

    /// Seconds of CPU it used since it was started.
    pub(crate) fn cpu_seconds(&self) -> anyhow::Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id()))?;
        // Behind the name, which may hold anything, in brackets: user and system time are fields 14 and 15 of proc(5).
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok());
        Ok((ticks(11).context("no user time")? + ticks(12).context("no system time")?) / TICKS)
    }

    /// Bytes of memory it holds now.
    pub(crate) fn resident_bytes(&self) -> anyhow::Result<f64> {
        resident_bytes(Path::new(&format!("/proc/{}/status", self.0.id())))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Bytes of memory that this program, with all simulated devices, holds now.
pub(crate) fn own_resident_bytes() -> anyhow::Result<f64> {
    resident_bytes(Path::new("/proc/self/status"))
}

/// Files and sockets that this program has open.
pub(crate) fn own_open_files() -> anyhow::Result<usize> {
    Ok(std::fs::read_dir("/proc/self/fd")?.count())
}

fn resident_bytes(status: &Path) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(status)?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kib: f64 = line.split_whitespace().next().context("no VmRSS")?.parse()?;
    Ok(kib * 1024.0)
}
