//! The workspace as its manifests and sources show it.

use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// A dependency: who names it, what is named, in which kind of table.
pub(crate) type Edge = (String, String, DependencyKind);

pub(crate) struct Workspace(Metadata);

/// A line of `[workspace.dependencies]`.
pub(crate) struct SharedDependency {
    pub(crate) name: String,
    /// One of our own crates, by its path; ARCHITECTURE.md says why it is there.
    pub(crate) ours: bool,
    /// The comment at the end of the line.
    pub(crate) reason: String,
}

/// A crate's name without the common prefix; the program is `app`, as its folder.
pub(crate) fn short(package: &Package) -> String {
    match package.name.as_str() {
        "enginus" => "app".to_owned(),
        name => name.strip_prefix("enginus-").unwrap_or(name).to_owned(),
    }
}

impl Workspace {
    /// The manifests alone: works without a network and for every system's dependencies at once.
    pub(crate) fn read() -> Self {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
        Self(MetadataCommand::new().manifest_path(manifest).no_deps().exec().expect("cargo knows this workspace"))
    }

    pub(crate) fn packages(&self) -> impl Iterator<Item = &Package> {
        self.0.packages.iter()
    }

    fn edges(&self, own: bool) -> Vec<Edge> {
        let short_of = |name: &str| self.packages().find(|package| package.name.as_str() == name).map(short);
        let mut edges = Vec::new();
        for package in self.packages() {
            for dependency in &package.dependencies {
                let ours = short_of(&dependency.name);
                if ours.is_some() == own {
                    edges.push((short(package), ours.unwrap_or_else(|| dependency.name.clone()), dependency.kind));
                }
            }
        }
        assert!(!edges.is_empty(), "the workspace was not read");
        edges
    }

    /// Dependencies between our crates.
    pub(crate) fn own_edges(&self) -> Vec<Edge> {
        self.edges(true)
    }

    /// Dependencies on others' crates.
    pub(crate) fn foreign_edges(&self) -> Vec<Edge> {
        self.edges(false)
    }

    /// What the root manifest offers to every crate. No value there holds a `#`.
    pub(crate) fn shared_dependencies(&self) -> Vec<SharedDependency> {
        let manifest = std::fs::read_to_string(self.0.workspace_root.join("Cargo.toml")).expect("the root manifest");
        manifest
            .lines()
            .skip_while(|line| *line != "[workspace.dependencies]")
            .skip(1)
            .take_while(|line| !line.starts_with('['))
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once('='))
            .map(|(name, rest)| SharedDependency {
                name: name.trim().to_owned(),
                ours: rest.contains("path = "),
                reason: rest.split_once('#').map(|(_, reason)| reason.trim().to_owned()).unwrap_or_default(),
            })
            .collect()
    }

    /// Every source file under the crates' `src`.
    pub(crate) fn sources(&self) -> impl Iterator<Item = PathBuf> {
        self.packages().flat_map(|package| {
            let folder = package.manifest_path.parent().expect("a manifest lies in a folder").join("src");
            let files = files_under(folder.as_std_path());
            assert!(!files.is_empty(), "{} has no sources", package.name);
            files
        })
    }

    /// Where the sources of a crate name one of `words`, comments aside.
    pub(crate) fn mentions(&self, name: &str, words: &[&str]) -> Vec<String> {
        let package = self.packages().find(|package| short(package) == name).expect("a crate of the workspace");
        let folder = package.manifest_path.parent().expect("a manifest lies in a folder").join("src");
        let mut found = Vec::new();
        for file in files_under(folder.as_std_path()) {
            let text = std::fs::read_to_string(&file).expect("a source file");
            for (number, line) in code_lines(&text) {
                for word in words.iter().filter(|word| line.contains(**word)) {
                    found.push(format!("{}:{number} names {word}", file.display()));
                }
            }
        }
        found
    }
}

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of sources").map(|entry| entry.expect("an entry")) {
        let path = entry.path();
        if path.is_dir() {
            files.extend(files_under(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The lines of a source with their numbers, without comment lines; what stands in a `use` with braces is written out, so that
/// `use std::{fmt, fs}` is found as `std::fs`.
pub(crate) fn code_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(at, line)| (at + 1, line.to_owned()))
        .collect();
    let code: String = lines.iter().map(|(_, line)| format!("{line}\n")).collect();
    for prefix in ["std::", "std::time::"] {
        let opening = format!("{prefix}{{");
        for (at, _) in code.match_indices(&opening) {
            let number = lines[code[..at].matches('\n').count()].0;
            let group = &code[at + opening.len()..];
            lines.extend(members(group).into_iter().map(|member| (number, format!("{prefix}{member}"))));
        }
    }
    lines
}

/// The members of a braced group up to its closing brace; inner groups stay with their member.
fn members(group: &str) -> Vec<String> {
    let (mut depth, mut member, mut members) = (0usize, String::new(), Vec::new());
    for character in group.chars() {
        match character {
            '}' if depth == 0 => break,
            ',' if depth == 0 => {
                members.push(std::mem::take(&mut member));
                continue;
            }
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        member.push(character);
    }
    members.push(member);
    members.iter().map(|member| member.trim().to_owned()).collect()
}
