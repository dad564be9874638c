//! Texts in the sources that stay English, each with the reason.

/// Whole files.
pub(crate) const FILES: [(&str, &str); 7] = [
    ("crates/excel/src/words.rs", "the words of a workbook, there in both languages"),
    ("crates/cli/src/demo/pdf.rs", "PDF"),
    ("crates/cli/src/demo/story.rs", "the demo's documents, and its checks of the program, which a developer reads"),
    ("crates/cli/src/args.rs", "the grammar: usage errors are clap's, which speaks English"),
    ("crates/cli/src/session/verbs.rs", "the grammar: usage errors are clap's, which speaks English"),
    ("crates/engine/src/commands/generate.rs", "titles of generated documents"),
    ("crates/vault/src/conformance.rs", "checks of a bucket, for developers"),
];

/// Single texts.
pub(crate) const TEXTS: [(&str, &str); 18] = [
    ("it brought in as many as it may", "a reason in the history of access, written in the project's language"),
    ("getirebileceği kadar kişi getirdi", "the same in Turkish"),
    ("the simulated machine", "a place for simulations"),
    ("removed: {0}", "a value as `doc settle` takes it back"),
    ("kept: {0}", "a value as `doc settle` takes it back"),
    ("{0} (sha256 {1})", "a value as `doc settle` takes it back"),
    ("device {0}", "a device's name: it is stored and the same for everybody"),
    ("a byte string", "what serde expects, for developers"),
    ("EpochSecret(of {0})", "a debug form"),
    ("the store in memory", "a store for tests"),
    ("the simulated store", "a store for tests"),
    ("the simulated disk has no power", "a store for tests"),
    ("{0} ms", "a setting of the storage library"),
    ("{0}-{1}-{2} {3}:{4} UTC, {5}: {6}", "a moment in a workbook, the same in both languages"),
    ("s3://bucket/prefix, enginus1…", "examples of addresses"),
    ("domain arrivals", "a table of the store"),
    ("row counts", "a table of the store"),
    ("The specified bucket does not exist", "what a provider says, to be recognised"),
];
