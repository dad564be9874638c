//! The command line's grammar.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::access::{InviteVerb, MemberVerb, ReviewVerb, RoleVerb};
use crate::session::{
    DeviceVerb, LockArguments, PassphraseVerb, PhraseVerb, ProjectRecoverArguments, RecoverArguments,
};

/// Engineering projects that every party holds in full: registers, revisions, logs and files, offline first.
#[derive(Debug, Parser)]
#[command(name = "enginus", version, max_term_width = 100)]
pub(crate) struct Arguments {
    /// The folder that holds this device (also ENGINUS_HOME)
    #[arg(long, global = true, help_heading = "Everywhere", env = "ENGINUS_HOME", hide_env = true, value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// Which project, where there are several: its name or id
    #[arg(long, global = true, help_heading = "Everywhere", value_name = "NAME")]
    pub(crate) project: Option<String>,
    /// Where the passphrase of a locked home is (also ENGINUS_PASSPHRASE, with the passphrase itself)
    #[arg(long, global = true, help_heading = "Everywhere", value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Answer as JSON
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub(crate) json: bool,
    /// The language of what is said: en or tr (also ENGINUS_LANGUAGE)
    #[arg(long, global = true, help_heading = "Everywhere", value_name = "LANGUAGE")]
    pub(crate) language: Option<String>,
    /// The local address to listen on (also ENGINUS_BIND)
    #[arg(long, global = true, help_heading = "Everywhere", env = "ENGINUS_BIND", value_name = "ADDRESS", hide = true)]
    pub(crate) bind: Option<IpAddr>,
    /// Also find devices on the local network by mDNS (also ENGINUS_MDNS)
    #[arg(long, global = true, help_heading = "Everywhere", env = "ENGINUS_MDNS", hide_env = true)]
    pub(crate) mdns: bool,
    /// What to do
    #[command(subcommand)]
    pub(crate) verb: Option<Verb>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Make this home a device of yours
    Init {
        /// Your name
        #[arg(long)]
        name: String,
        /// Your organisation
        #[arg(long)]
        org: Option<String>,
        /// Your e-mail address
        #[arg(long)]
        email: Option<String>,
    },
    /// Show the 24 words that bring you back when every device is lost
    Phrase {
        /// More about them
        #[command(subcommand)]
        verb: Option<PhraseVerb>,
    },
    /// Make this empty home a device of yours with your 24 words
    Recover(RecoverArguments),
    /// Set, change or remove the passphrase that seals your keys here
    #[command(subcommand)]
    Passphrase(PassphraseVerb),
    /// Wipe the keys from memory until the passphrase is given; or set when that happens by itself
    Lock(LockArguments),
    /// Open a locked home for the desktop or agent that serves it
    Unlock,
    /// Add, list and remove devices of yours
    #[command(subcommand)]
    Device(DeviceVerb),
    /// Print your contact card, for an invitation that only you can use
    Contact,
    /// Create, list, show and recover projects
    #[command(subcommand)]
    Project(ProjectVerb),
    /// Make a ticket for somebody to join with, printed alone on the last line; or list and cancel invitations
    #[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
    Invite {
        /// Only list or cancel
        #[command(subcommand)]
        verb: Option<InviteVerb>,
        /// Role: document-controller, design-office, contractor, consultant, investor, or one of the project's own
        #[arg(long, required = true)]
        role: Option<String>,
        /// Only this folder (repeat for several)
        #[arg(long = "folder", value_name = "FOLDER")]
        folders: Vec<String>,
        /// When the ticket expires: 12h, 7d, 30d
        #[arg(long, default_value = "30d", value_name = "TIME", value_parser = parse_duration)]
        expires: i64,
        /// For this person alone: their contact card, or the path of a file that holds it
        #[arg(long, value_name = "CARD")]
        to: Option<String>,
        /// How many persons may join with the ticket
        #[arg(long, default_value_t = 1, conflicts_with = "to", value_name = "N")]
        uses: u32,
        /// When the access itself ends: 12h, 30d, 52w; never if left out
        #[arg(long, value_name = "TIME", value_parser = parse_duration)]
        until: Option<i64>,
        /// Only what is added from now on, nothing that was there before
        #[arg(long)]
        from_now_on: bool,
    },
    /// Join a project with a ticket
    Join {
        /// The ticket, or the path of a file that holds it
        ticket: String,
        /// Seconds to try before the join is left pending
        #[arg(long, default_value_t = 10, value_name = "SECONDS")]
        wait: u64,
    },
    /// Show, change and remove members
    #[command(subcommand)]
    Member(MemberVerb),
    /// What removed members wrote past their removal
    #[command(subcommand)]
    Review(ReviewVerb),
    /// The project's roles
    #[command(subcommand)]
    Role(RoleVerb),
    /// Add, revise, list and fetch documents
    #[command(subcommand)]
    Doc(DocVerb),
    /// Folder logs as Excel workbooks
    #[command(subcommand)]
    Log(LogVerb),
    /// Exchange with every device and bucket that can be reached
    Sync {
        /// Stop when everything is equal (this is what it does; `agent` stays)
        #[arg(long)]
        once: bool,
        /// Seconds to try
        #[arg(long, default_value_t = 10, value_name = "SECONDS")]
        wait: u64,
    },
    /// Stay and serve this device to others
    Agent,
    /// How this device stands
    Status,
    /// Synchronise by file, for a site without a network
    #[command(subcommand)]
    Bundle(BundleVerb),
    /// Make every cache of a project again from its envelopes
    Rebuild,
    /// Play the main job on this machine
    Demo {
        /// Where; a new folder in the temporary folder if left out
        dir: Option<PathBuf>,
        /// Do not open the desktop on the result
        #[arg(long)]
        headless: bool,
    },
    /// Open the desktop
    Desktop,
    /// For developers
    #[command(subcommand, hide = true)]
    Dev(DevVerb),
}

/// `project …`
#[derive(Debug, Subcommand)]
pub(crate) enum ProjectVerb {
    /// Create a project that you own
    Create {
        /// Its name
        name: String,
        /// Its template: ges, engineering
        #[arg(long, default_value = "ges")]
        template: String,
        /// A bucket for its files: file:///dir, s3://bucket/prefix, az://…, gs://… (repeat for several)
        #[arg(long = "bucket", value_name = "URL")]
        buckets: Vec<String>,
        /// A relay through which its devices exchange: relay://KEY@HOST:PORT (repeat for several)
        #[arg(long = "relay", value_name = "ADDRESS")]
        relays: Vec<String>,
        /// The project's own language: en or tr (default: that of --language)
        #[arg(long = "project-language", value_name = "LANGUAGE")]
        project_language: Option<String>,
    },
    /// Add a relay to a project, take one away, or list those it uses
    #[command(subcommand)]
    Relay(RelayVerb),
    /// List the projects of this device
    List,
    /// Show a project
    Show {
        /// Its name or id
        name: Option<String>,
    },
    /// Take a project off this device that a ticket or `recover` made it wait for
    Forget {
        /// Its name or id
        name: Option<String>,
    },
    /// Bring back the projects you are a member of, after `recover`
    Recover(ProjectRecoverArguments),
}

/// `project relay …`
#[derive(Debug, Subcommand)]
pub(crate) enum RelayVerb {
    /// Exchange through a relay from now on
    Add {
        /// Its address, as its operator gave it: relay://KEY@HOST:PORT
        address: String,
    },
    /// Use a relay no longer
    Remove {
        /// Its address, or its host
        address: String,
    },
    /// Delete what a relay keeps of the project, and use it no longer; for its owner
    Erase {
        /// Its address, or its host
        address: String,
    },
    /// List the relays
    List,
}

/// Which document.
#[derive(Debug, Args)]
pub(crate) struct Document {
    /// NUMBER, FOLDER/NUMBER or the document's id
    pub(crate) number: String,
}

/// `doc …`
#[derive(Debug, Subcommand)]
pub(crate) enum DocVerb {
    /// Add files to a folder; number, title and revision come from the file's name where not given
    Add {
        /// The folder: its name in any of the project's languages, or its id
        folder: String,
        /// The files
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Document number (one file only)
        #[arg(long)]
        number: Option<String>,
        /// Title (one file only)
        #[arg(long)]
        title: Option<String>,
        /// Revision code
        #[arg(long = "rev", value_name = "REV")]
        revision: Option<String>,
        /// Suitability: S0 to S5
        #[arg(long)]
        status: Option<String>,
        /// Take the files of folders too
        #[arg(long)]
        recursive: bool,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Add a revision to a document
    Revise {
        /// Which document
        #[command(flatten)]
        document: Document,
        /// Its files, the primary one first
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Revision code; the next one if left out
        #[arg(long = "rev", value_name = "REV")]
        revision: Option<String>,
        /// Suitability: S0 to S5
        #[arg(long)]
        status: Option<String>,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Plan a document that has no file yet
    Plan {
        /// The folder
        folder: String,
        /// Document number
        #[arg(long)]
        number: String,
        /// Title
        #[arg(long)]
        title: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Change fields of a document
    Edit {
        /// Which document
        #[command(flatten)]
        document: Document,
        /// FIELD=VALUE: number, title, path, or any further column (repeat for several)
        #[arg(long = "set", required = true, value_name = "FIELD=VALUE", value_parser = parse_field)]
        fields: Vec<(String, String)>,
    },
    /// Settle a concurrent edit by keeping one of its values
    Settle {
        /// Which document
        #[command(flatten)]
        document: Document,
        /// The field in conflict
        #[arg(long)]
        field: String,
        /// The value that stays
        #[arg(long)]
        keep: String,
    },
    /// List documents
    List {
        /// Only this folder
        folder: Option<String>,
        /// Removed documents too
        #[arg(long)]
        removed: bool,
    },
    /// Show a document with all its revisions
    Show {
        /// Which document
        #[command(flatten)]
        document: Document,
    },
    /// Write a revision's file out, hash-checked
    Get {
        /// Which document
        #[command(flatten)]
        document: Document,
        /// Revision code or id; the current one if left out
        #[arg(long = "rev", value_name = "REV")]
        revision: Option<String>,
        /// File or folder to write to
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        /// Seconds to ask other devices for it
        #[arg(long, default_value_t = 10, value_name = "SECONDS")]
        wait: u64,
    },
    /// Take a document out of the register; it can be restored
    Remove {
        /// Which document
        #[command(flatten)]
        document: Document,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Put a removed document back
    Restore {
        /// Which document
        #[command(flatten)]
        document: Document,
        /// Why
        #[arg(long)]
        reason: String,
    },
}

/// `log …`
#[derive(Debug, Subcommand)]
pub(crate) enum LogVerb {
    /// Write a folder's log as a workbook
    Export {
        /// The folder
        folder: String,
        /// The workbook
        #[arg(short, long, value_name = "FILE.xlsx")]
        output: PathBuf,
    },
}

/// `bundle …`
#[derive(Debug, Subcommand)]
pub(crate) enum BundleVerb {
    /// Write a project into one file
    Export {
        /// The bundle
        file: PathBuf,
        /// Leave the files of documents out
        #[arg(long)]
        no_files: bool,
    },
    /// Take a bundle in
    Import {
        /// The bundle
        file: PathBuf,
    },
}

/// `dev …`
#[derive(Debug, Subcommand)]
pub(crate) enum DevVerb {
    /// Add generated documents
    Generate {
        /// The folder
        folder: String,
        /// How many
        #[arg(long, default_value_t = 100_000)]
        count: u32,
    },
}

/// Seconds of `90s`, `30m`, `12h`, `7d`, `2w`.
pub(crate) fn parse_duration(text: &str) -> Result<i64, String> {
    let usage = || "give a number and a unit: 90s, 30m, 12h, 7d or 2w".to_owned();
    let split = text.len().checked_sub(1).filter(|at| text.is_char_boundary(*at)).ok_or_else(usage)?;
    let (number, unit) = text.split_at(split);
    let number: i64 = number.parse().map_err(|_| usage())?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 24 * 3600,
        "w" => 7 * 24 * 3600,
        _ => return Err(usage()),
    };
    number.checked_mul(seconds).filter(|seconds| *seconds > 0).ok_or_else(usage)
}

fn parse_field(text: &str) -> Result<(String, String), String> {
    let (field, value) = text.split_once('=').ok_or("write FIELD=VALUE")?;
    Ok((field.trim().to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_is_sound() {
        use clap::CommandFactory as _;
        Arguments::command().debug_assert();
    }

    #[test]
    fn durations() {
        assert_eq!(parse_duration("30d"), Ok(2_592_000));
        assert_eq!(parse_duration("12h"), Ok(43_200));
        for bad in ["", "d", "30", "-1d", "0d", "3y", "30ğ", "999999999999999999w"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }
}
