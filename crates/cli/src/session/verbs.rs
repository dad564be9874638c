//! The grammar of keys, devices and recovery.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::args::parse_duration;

/// `passphrase …`
#[derive(Debug, Subcommand)]
pub(crate) enum PassphraseVerb {
    /// Set or change the passphrase that seals the keys of this home
    Set {
        /// Where the new passphrase is; otherwise it is asked for (also ENGINUS_NEW_PASSPHRASE)
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
        /// Memory that trying a passphrase costs
        #[arg(long, hide = true, value_name = "KIB")]
        memory_kib: Option<u32>,
    },
    /// Seal the keys under a key in the system's key ring instead
    Keyring,
    /// Go without a passphrase
    Remove,
}

/// `lock`
#[derive(Debug, Args)]
pub(crate) struct LockArguments {
    /// Not now, but by itself after so long without a command: 15m, 1h
    #[arg(long, value_name = "TIME", value_parser = parse_duration, conflicts_with = "never")]
    pub(crate) after: Option<i64>,
    /// Never by itself
    #[arg(long)]
    pub(crate) never: bool,
}

/// `phrase …`
#[derive(Debug, Subcommand)]
pub(crate) enum PhraseVerb {
    /// Type some of the words again, so that you are not reminded any more
    Confirm {
        /// POSITION=WORD, at least three of them; asked for on a terminal if left out
        #[arg(value_name = "POSITION=WORD", value_parser = parse_word)]
        words: Vec<(u8, String)>,
    },
}

/// `recover`
#[derive(Debug, Args)]
pub(crate) struct RecoverArguments {
    /// Your name
    #[arg(long)]
    pub(crate) name: String,
    /// Your organisation
    #[arg(long)]
    pub(crate) org: Option<String>,
    /// Your e-mail address
    #[arg(long)]
    pub(crate) email: Option<String>,
    /// Where the 24 words are, - for standard input; otherwise they are asked for
    #[arg(long, value_name = "FILE")]
    pub(crate) phrase_file: Option<PathBuf>,
}

/// `device …`
#[derive(Debug, Subcommand)]
pub(crate) enum DeviceVerb {
    /// Show a code for a new device of yours, and wait until it came (ten minutes)
    Add,
    /// Make this empty home a further device of yours with the code that the other one shows
    Join {
        /// The code, or the path of a file that holds it
        code: String,
        /// What you call this device
        #[arg(long)]
        name: Option<String>,
        /// Seconds to wait for the projects
        #[arg(long, default_value_t = 10, value_name = "SECONDS")]
        wait: u64,
    },
    /// List your devices
    List,
    /// Remove a device of yours in every project: nothing it writes from now on counts, and it reads nothing new
    Remove {
        /// Its name or the start of its key
        device: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
}

/// `project recover`
#[derive(Debug, Args)]
pub(crate) struct ProjectRecoverArguments {
    /// A bucket that holds projects of yours: file:///dir, s3://bucket/prefix, az://…, gs://…
    #[arg(long, value_name = "URL", required_unless_present = "ticket", conflicts_with = "ticket")]
    pub(crate) bucket: Option<String>,
    /// Any ticket of the project from a member whose device can be reached, used up or not, or a file that holds it
    #[arg(long)]
    pub(crate) ticket: Option<String>,
    /// Seconds to try
    #[arg(long, default_value_t = 10, value_name = "SECONDS")]
    pub(crate) wait: u64,
}

fn parse_word(text: &str) -> Result<(u8, String), String> {
    let (position, word) = text.split_once('=').ok_or("write POSITION=WORD, such as 3=abandon")?;
    let position = position.trim().parse().map_err(|_| "a position is a number from 1 to 24")?;
    Ok((position, word.trim().to_owned()))
}
