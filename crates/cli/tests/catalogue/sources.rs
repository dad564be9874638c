//! The texts that the workspace's sources hold for people.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::lexer::{Token, tokens};

/// What goes to the log, to a test or into a key is not for people.
const MACROS: [&str; 12] = [
    "trace",
    "debug",
    "info",
    "warn",
    "error",
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "panic",
    "unreachable",
    "debug_assert_eq",
];
const CALLS: [&str; 5] = ["expect", "new_derive_key", "derive", "unique", "id_salt"];
/// A literal that is handed over so becomes a part of a text, even one word alone.
const LABELLED: [&str; 3] = ["what", "doing", "rule"];
const PARTS: [&str; 6] = ["measure", "fits", "io", "check_count", "check_id", "check_text"];

/// A literal, with placeholders counted through, and where it stands.
pub(crate) struct Found {
    pub(crate) text: String,
    pub(crate) file: String,
    pub(crate) line: usize,
    /// Whether it is shown as it is, so far as can be seen.
    pub(crate) is_shown: bool,
}

/// Every literal of the crates' and the desktop's sources outside of tests.
pub(crate) fn literals() -> Vec<Found> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    let packages = std::fs::read_dir(root.join("crates")).expect("the crates").flatten();
    // The simulator speaks to developers.
    for package in packages.filter(|package| package.file_name() != "testkit") {
        files_under(&package.path().join("src"), &mut files);
    }
    files_under(&root.join("app/src"), &mut files);
    files.sort();
    let mut tests = BTreeSet::new();
    let sources: Vec<_> = files
        .into_iter()
        .map(|path| {
            let source = std::fs::read_to_string(&path).expect("a source file");
            let tokens = without_tests(tokens(&source), &path, &mut tests);
            (path, tokens)
        })
        .collect();
    let is_test = |path: &Path| {
        let named_so = path.file_name().is_some_and(|name| name.to_string_lossy().ends_with("_tests.rs"));
        named_so || path.ancestors().any(|part| tests.contains(&part.with_extension("")))
    };
    let mut found = Vec::new();
    for (path, tokens) in sources.into_iter().filter(|(path, _)| !is_test(path)) {
        let file = path.strip_prefix(&root).expect("a file of the workspace").display().to_string();
        collect(&file, &tokens, &mut found);
    }
    assert!(found.len() > 1000, "the sources were not read");
    found
}

fn files_under(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of sources").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_under(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Takes out what is behind `#[cfg(test)]`; names the modules that are files of their own, those for simulations too.
fn without_tests(tokens: Vec<Token>, path: &Path, tests: &mut BTreeSet<PathBuf>) -> Vec<Token> {
    let is_root = ["mod", "lib", "main"].iter().any(|root| path.file_stem().is_some_and(|stem| stem == *root));
    let folder = if is_root { path.parent().expect("a folder").to_owned() } else { path.with_extension("") };
    let mut kept = Vec::new();
    let mut rest = tokens.as_slice();
    while let Some(token) = rest.first() {
        if let Some(name) = simulated_module(rest) {
            tests.insert(folder.join(name));
        }
        if !is_test_attribute(rest) {
            kept.push(token.clone());
            rest = &rest[1..];
            continue;
        }
        rest = &rest[7..];
        let item = &rest[..item_length(rest)];
        rest = &rest[item.len()..];
        if item.last().is_some_and(|token| token.is(';'))
            && let Some(at) = item.iter().position(|token| token.word() == Some("mod"))
        {
            tests.insert(folder.join(item[at + 1].word().expect("a module's name")));
        }
    }
    kept
}

fn is_test_attribute(tokens: &[Token]) -> bool {
    let words = [tokens.get(2), tokens.get(4)].map(|token| token.and_then(Token::word));
    words == [Some("cfg"), Some("test")] && tokens[0].is('#') && tokens[1].is('[') && tokens[5].is(')')
}

/// The module that is a file of its own behind `#[cfg(feature = "simulation")]`.
fn simulated_module(tokens: &[Token]) -> Option<&str> {
    let (attribute, item) = tokens.split_at_checked(9)?;
    let is_cfg = attribute[2].word() == Some("cfg") && attribute[4].word() == Some("feature") && attribute[8].is(']');
    if !(is_cfg && matches!(&attribute[6], Token::Text(text, _) if text == "simulation")) {
        return None;
    }
    let words = item.iter().take_while(|token| !token.is(';') && !token.is('{') && !token.is('}'));
    let words: Vec<_> = words.filter_map(Token::word).collect();
    words.iter().position(|word| *word == "mod").and_then(|at| words.get(at + 1).copied())
}

/// Up to the brace that ends it, or its semicolon.
fn item_length(tokens: &[Token]) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        depth += token.depth();
        if depth == 0 && (token.is('}') || token.is(';')) {
            return at + 1;
        }
    }
    tokens.len()
}

/// How many tokens stand between here and the end of the pair that was opened before.
fn pair_length(tokens: &[Token]) -> usize {
    let mut depth = 1;
    let end = tokens.iter().position(|token| {
        depth += token.depth();
        depth == 0
    });
    end.map_or(tokens.len(), |end| end + 1)
}

fn collect(file: &str, tokens: &[Token], found: &mut Vec<Found>) {
    // The window's own texts are in app.ftl, behind ids: here only failures are looked for.
    let mut shown_until = if file.starts_with("app/") { 0 } else { usize::MAX };
    let mut hidden_until = 0;
    for (at, token) in tokens.iter().enumerate() {
        let behind = &tokens[at + 1..];
        let opens = |place: usize| behind.get(place).is_some_and(|token| token.depth() == 1);
        let before = |places: usize| at.checked_sub(places).and_then(|place| tokens[place].word());
        match token {
            Token::Mark('#') if opens(0) || opens(1) => {
                let start = if opens(0) { 1 } else { 2 };
                if behind.get(start).and_then(Token::word) != Some("error") {
                    hidden_until = hidden_until.max(at + 1 + start + pair_length(&behind[start..]));
                }
            }
            Token::Word(name) if MACROS.contains(&name.as_str()) && behind.first().is_some_and(|mark| mark.is('!')) => {
                hidden_until = hidden_until.max(at + 3 + pair_length(&behind[2..]));
            }
            Token::Word(name) if CALLS.contains(&name.as_str()) && opens(0) => {
                hidden_until = hidden_until.max(at + 2 + pair_length(&behind[1..]));
            }
            Token::Word(name) if opens(0) && shown_until != usize::MAX => {
                let is_failure = name == "new" && before(3) == Some("Failure");
                if is_failure || name == "hint" || name == "internal" {
                    shown_until = shown_until.max(at + 2 + pair_length(&behind[1..]));
                }
            }
            Token::Text(text, line) => {
                let label = before(2).filter(|_| at > 0 && (tokens[at - 1].is(':') || tokens[at - 1].is('(')));
                let is_part = label.is_some_and(|label| LABELLED.contains(&label) || PARTS.contains(&label));
                let is_shown = at < shown_until && at >= hidden_until && (is_part || is_prose(text));
                found.push(Found { text: counted(text), file: file.to_owned(), line: *line, is_shown });
            }
            _ => {}
        }
    }
}

/// Whether it has words, more than one.
fn is_prose(text: &str) -> bool {
    let mut letters = 0;
    let mut most = 0;
    for c in without_placeholders(text).chars() {
        letters = if c.is_ascii_alphabetic() { letters + 1 } else { 0 };
        most = most.max(letters);
    }
    text.trim().contains(char::is_whitespace) && most > 1 && !text.starts_with("enginus ")
}

fn without_placeholders(text: &str) -> String {
    pieces(text, |_| " ".to_owned())
}

/// `{name}`, `{}` and `{0:?}` become `{0}`, `{1}` … in the order in which they stand.
fn counted(text: &str) -> String {
    pieces(text, |place| format!("{{{place}}}"))
}

fn pieces(text: &str, replacement: impl Fn(usize) -> String) -> String {
    let mut out = String::new();
    let mut count = 0;
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(behind) = rest.strip_prefix(brace) {
            out.push_str(brace);
            rest = behind;
        } else if let Some((_, behind)) = rest.split_once('}').filter(|(name, _)| brace == "{" && !name.contains('{')) {
            out.push_str(&replacement(count));
            count += 1;
            rest = behind;
        } else {
            out.push_str(brace);
        }
    }
    out + rest
}
