//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use enginus_model::ProjectId;

/// The relay of ENGINUS: devices of a project meet on it. It keeps what they sealed and passes it on, and can read none of it.
///
/// Secrets come from the environment only: ENGINUS_RELAY_KEY, ENGINUS_RELAY_INVITATIONS, ENGINUS_RELAY_NATS_CREDENTIALS,
/// ENGINUS_RELAY_NATS_TOKEN; each also as NAME_FILE with the path of a file. Exit codes: 0 done, 1 failed, 2 wrong usage or
/// configuration.
#[derive(Debug, Parser)]
#[command(name = "enginus-relay", version)]
pub(crate) struct Arguments {
    /// The configuration file. Without one, every key has its default
    #[arg(long, value_name = "FILE", env = "ENGINUS_RELAY_CONFIG", conflicts_with = "dev")]
    pub(crate) config: Option<PathBuf>,
    /// For trying out: loopback only, no certificates, every project admitted; data in DIR, or in a temporary folder
    #[arg(long, value_name = "DIR", num_args = 0..=1)]
    #[expect(clippy::option_option, reason = "clap's form of an option whose value can be left out")]
    pub(crate) dev: Option<Option<PathBuf>>,
    /// Print the configuration that holds, without secrets, and end
    #[arg(long)]
    pub(crate) print_config: bool,
    /// Something else than serving
    #[command(subcommand)]
    pub(crate) task: Option<Task>,
}

/// What can be done besides serving. The embedded engine's file can be open once: end the relay first.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Check that every record decodes, is signed and stands where it should, and that every object is whole
    Check,
    /// Write everything that is kept to a new file
    Backup {
        /// The file, or a folder in which it is named after the time
        place: PathBuf,
    },
    /// Put everything of a backup back; what is there stays
    Restore {
        /// The file
        file: PathBuf,
    },
    /// Let objects go that nobody asks for, and the least used ones past `quota.cache_bytes`
    Gc {
        /// Only say what would be let go
        #[arg(long)]
        dry_run: bool,
    },
    /// Ask the relay that runs here whether it is ready: for a container's health check
    Health,
    /// The projects that are served
    Project {
        /// What to do
        #[command(subcommand)]
        action: ProjectAction,
    },
}

/// What can be done about a project.
#[derive(Debug, Subcommand)]
pub(crate) enum ProjectAction {
    /// List the projects that are kept or allowed
    List,
    /// Serve a project; holds at once
    Allow {
        /// Its id
        project: ProjectId,
    },
    /// Serve a project no more and delete what is kept of it; devices keep theirs
    Remove {
        /// Its id
        project: ProjectId,
        /// Do it: what is deleted comes back from a backup or from devices only
        #[arg(long)]
        yes: bool,
    },
    /// Write one project to a new file, as `backup` does
    Export {
        /// Its id
        project: ProjectId,
        /// The file, or a folder
        place: PathBuf,
    },
}
