//! Where a secret comes from: a file, the environment, or a terminal. Nothing is asked for where there is no terminal.

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::Path;

use enginus_engine::api::{Failure, FailureKind, Secret};

use crate::Call;

/// A file with a passphrase or 24 words is at most this long.
const FILE_BYTES_MAX: u64 = 4096;
const PASSPHRASE_VARIABLE: &str = "ENGINUS_PASSPHRASE";
const NEW_PASSPHRASE_VARIABLE: &str = "ENGINUS_NEW_PASSPHRASE";

/// The passphrase that is set: from --passphrase-file, the environment, or whoever sits at the terminal; `None` without any of them.
pub(crate) fn known(call: &Call) -> Result<Option<Secret>, Failure> {
    match given(call)? {
        Some(secret) => Ok(Some(secret)),
        None if is_terminal() => hidden(&call.texts.say("ask-passphrase", &[])).map(Some),
        None => Ok(None),
    }
}

/// The same without a terminal.
fn given(call: &Call) -> Result<Option<Secret>, Failure> {
    match &call.passphrase_file {
        Some(file) => from_file(file).map(Some),
        None => Ok(from_environment(PASSPHRASE_VARIABLE)),
    }
}

/// A passphrase to set. Where none is set yet, the one that is given for everything else is the new one.
pub(super) fn chosen(call: &Call, file: Option<&Path>, first: bool) -> Result<Secret, Failure> {
    if let Some(file) = file {
        return from_file(file);
    }
    if let Some(secret) = from_environment(NEW_PASSPHRASE_VARIABLE) {
        return Ok(secret);
    }
    if first && let Some(secret) = given(call)? {
        return Ok(secret);
    }
    if !is_terminal() {
        return Err(Failure::new(FailureKind::Invalid, "there is no terminal to ask for a new passphrase")
            .hint(format!("give --new-passphrase-file FILE, or set {NEW_PASSPHRASE_VARIABLE}")));
    }
    let typed = hidden(&call.texts.say("ask-new-passphrase", &[]))?;
    if hidden(&call.texts.say("ask-again", &[]))? == typed {
        return Ok(typed);
    }
    Err(Failure::new(FailureKind::Invalid, "the two passphrases differ").hint("type it again; nothing was changed"))
}

/// The 24 words: from a file (`-` for standard input), or typed where they can be seen.
pub(super) fn words(call: &Call, file: Option<&Path>) -> Result<Secret, Failure> {
    if let Some(file) = file {
        return from_file(file);
    }
    if !is_terminal() {
        return Err(Failure::new(FailureKind::Invalid, "there is no terminal to ask for the 24 words")
            .hint("give --phrase-file FILE, or --phrase-file - for standard input"));
    }
    typed(&call.texts.say("ask-phrase", &[]))
}

/// One line, typed where it can be seen.
pub(super) fn typed(prompt: &str) -> Result<Secret, Failure> {
    let mut terminal = std::io::stderr();
    let _ = write!(terminal, "{prompt} ").and_then(|()| terminal.flush());
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(|error| unreadable("the terminal", &error))?;
    Ok(trimmed(line))
}

/// Whether somebody can be asked.
pub(super) fn is_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

fn hidden(prompt: &str) -> Result<Secret, Failure> {
    rpassword::prompt_password(format!("{prompt} "))
        .map(Secret::from)
        .map_err(|error| unreadable("the terminal", &error))
}

fn from_environment(name: &str) -> Option<Secret> {
    std::env::var(name).ok().filter(|text| !text.is_empty()).map(Secret::from)
}

/// What a file says, without the line's end that editors add.
fn from_file(file: &Path) -> Result<Secret, Failure> {
    let shown = file.display().to_string();
    let mut text = String::new();
    let read = if file.as_os_str() == "-" {
        std::io::stdin().take(FILE_BYTES_MAX).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|opened| opened.take(FILE_BYTES_MAX).read_to_string(&mut text))
    };
    read.map_err(|error| unreadable(&shown, &error))?;
    let secret = trimmed(text);
    if secret.reveal().is_empty() {
        return Err(Failure::new(FailureKind::BadInput, format!("{shown} is empty")).hint("write it into the file"));
    }
    Ok(secret)
}

fn trimmed(mut text: String) -> Secret {
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    Secret::from(text)
}

fn unreadable(what: &str, error: &std::io::Error) -> Failure {
    Failure::new(FailureKind::BadInput, format!("{what} cannot be read: {error}"))
        .hint("check the path and its permissions")
}
