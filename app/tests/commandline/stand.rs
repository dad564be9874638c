//! Homes in a folder that vanishes, and the binary run on them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder with homes and files in it.
pub(crate) struct Stand(tempfile::TempDir);

/// What a process ended with.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Stand {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The binary on a home, with nothing of this machine's environment that could change what it does.
    pub(crate) fn command(&self, home: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_enginus"));
        command.args(arguments).current_dir(self.0.path()).stdin(Stdio::null());
        command.env("ENGINUS_HOME", self.path(home)).env("ENGINUS_BIND", "127.0.0.1");
        for name in [
            "ENGINUS_LANGUAGE",
            "ENGINUS_LOG",
            "ENGINUS_MDNS",
            "ENGINUS_PASSPHRASE",
            "ENGINUS_NEW_PASSPHRASE",
            "RUST_BACKTRACE",
        ] {
            command.env_remove(name);
        }
        command
    }

    pub(crate) fn run(&self, home: &str, arguments: &[&str]) -> Said {
        said(self.command(home, arguments).output().unwrap())
    }

    /// Runs what has to go well; answers what was printed.
    pub(crate) fn ok(&self, home: &str, arguments: &[&str]) -> String {
        let said = self.run(home, arguments);
        assert_eq!(said.code, Some(0), "{arguments:?}: {said:?}");
        said.out
    }

    /// Runs what has to be refused; answers what was said on stderr.
    pub(crate) fn refused(&self, home: &str, arguments: &[&str]) -> String {
        let said = self.run(home, arguments);
        assert_eq!(said.code, Some(1), "{arguments:?}: {said:?}");
        said.err
    }

    pub(crate) fn json(&self, home: &str, arguments: &[&str]) -> serde_json::Value {
        let said = self.ok(home, &[arguments, &["--json"]].concat());
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
    }

    /// A home with a project of the person's own.
    pub(crate) fn owner(&self) -> &'static str {
        self.ok("owner", &["init", "--name", "Owner"]);
        self.ok("owner", &["project", "create", "Sample Plant"]);
        "owner"
    }
}

pub(crate) fn said(output: Output) -> Said {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// A path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
