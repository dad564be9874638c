//! Answers as text or JSON.

use std::io::Write as _;
use std::path::Path;

use enginus_engine::api::{
    AddedDocument, Answer, ConflictInfo, DocumentInfo, DocumentListing, Failure, HomeSnapshot, IdentityInfo, JoinState,
    StatusInfo, SyncReport,
};
use serde::Serialize;
use serde_json::json;

use crate::texts::Texts;
use crate::{Call, access, session};

/// Writes a line to stdout; a closed pipe is no failure of the command.
pub(crate) fn line(text: impl AsRef<str>) {
    let _ = writeln!(std::io::stdout(), "{}", text.as_ref());
}

pub(crate) fn note(text: impl AsRef<str>) {
    let _ = writeln!(std::io::stderr(), "{}", text.as_ref());
}

/// What failed, why and what to do, on stderr: for people, or as one line of JSON.
pub(crate) fn failure(texts: &Texts, failure: &Failure, as_json: bool) {
    let failure = texts.failure(failure);
    if as_json {
        note(json!({ "error": failure }).to_string());
        return;
    }
    note(format!("{}: {}", texts.say("error", &[]), failure.message));
    if !failure.candidates.is_empty() {
        note(format!("  {}", texts.say("error-candidates", &[])));
        for candidate in &failure.candidates {
            note(format!("    {candidate}"));
        }
    }
    if let Some(hint) = &failure.hint {
        note(format!("  {}: {hint}", texts.say("hint", &[])));
    }
}

/// One document is durable.
pub(crate) fn added(call: &Call, document: &AddedDocument) {
    if call.json {
        line(serde_json::to_string(document).unwrap_or_default());
        return;
    }
    line(call.texts.say(
        "added-one",
        &[
            ("number", document.number.clone().into()),
            ("revision", document.revision.clone().into()),
            ("title", document.title.clone().into()),
        ],
    ));
}

/// One file was refused.
pub(crate) fn refused(texts: &Texts, file: &Path, why: &Failure) {
    let Failure { message, hint, .. } = texts.failure(why);
    note(texts.say("refused-one", &[("file", file.display().to_string().into()), ("why", message.into())]));
    if let Some(hint) = hint {
        note(format!("  {}: {hint}", texts.say("hint", &[])));
    }
}

/// The agent is up.
pub(crate) fn agent(call: &Call, home: &HomeSnapshot) {
    if call.json {
        line(json!({ "addresses": home.addresses, "pid": std::process::id() }).to_string());
    } else {
        line(call.texts.say("agent-up", &[("addresses", home.addresses.join(", ").into())]));
    }
    flush();
}

/// What was said so far is seen at once, also by a program that reads it.
pub(crate) fn flush() {
    let _ = std::io::stdout().flush();
}

/// A moment, to the minute.
pub(crate) fn minute(at: enginus_model::Instant) -> String {
    at.to_string().get(..16).unwrap_or_default().replace('T', " ")
}

/// Whose home it is now.
pub(crate) fn identity(call: &Call, identity: &IdentityInfo) {
    let texts = &call.texts;
    line(texts.say("identity", &[("name", identity.name.clone().into()), ("device", identity.device.short().into())]));
    note(texts.say("identity-unprotected", &[("home", call.options.home.display().to_string().into())]));
}

/// A person that was just made should know how to come back.
pub(crate) fn phrase_exists(call: &Call) {
    note(call.texts.say("phrase-exists", &[]));
}

/// How a project comes here.
pub(crate) fn joined(texts: &Texts, state: &JoinState) {
    match state {
        JoinState::Joined { name, .. } => line(texts.say("joined", &[("name", name.clone().into())])),
        JoinState::Pending { name, why, .. } => {
            line(texts.say("join-pending", &[("name", name.clone().into())]));
            note(texts.phrase(why));
        }
    }
}

pub(crate) fn join_json(state: &JoinState) -> serde_json::Value {
    match state {
        JoinState::Joined { id, name } => json!({ "state": "joined", "id": id.to_string(), "name": name }),
        JoinState::Pending { id, name, why } => {
            json!({ "state": "pending", "id": id.to_string(), "name": name, "why": why })
        }
    }
}

/// The end of a command that went well.
pub(crate) fn answer(call: &Call, answer: &Answer) {
    if call.json { json_answer(answer) } else { text_answer(call, answer) }
}

pub(crate) fn json_line(value: &impl Serialize) {
    line(serde_json::to_string_pretty(value).unwrap_or_default());
}

fn json_answer(answer: &Answer) {
    match answer {
        Answer::Identity(identity) => json_line(identity),
        Answer::Project(project) => json_line(project),
        Answer::Projects(projects) => json_line(projects),
        Answer::Invitation(invitation) => json_line(invitation),
        Answer::Joined(state) => json_line(&join_json(state)),
        Answer::Members(members) => json_line(members),
        Answer::Access(answer) => access::show_json(answer),
        Answer::Session(answer) => session::json_answer(answer),
        // Each document was a line of its own already.
        Answer::Added { added, refused } => line(json!({ "added": added, "refused": refused }).to_string()),
        Answer::Document(document) => json_line(document),
        Answer::Documents(documents) => json_line(documents),
        Answer::Fetched(files) => json_line(files),
        Answer::Exported { path, rows } => json_line(&json!({ "path": path, "rows": rows })),
        Answer::Bundle { project, envelopes, objects, joined } => {
            json_line(&json!({ "project": project, "envelopes": envelopes, "objects": objects, "joined": joined }))
        }
        Answer::Synced(report) => json_line(report),
        Answer::Status(status) => json_line(status),
        Answer::Rebuilt { documents, identical } => {
            json_line(&json!({ "documents": documents, "identical": identical }));
        }
    }
}

fn text_answer(call: &Call, answer: &Answer) {
    let texts = &call.texts;
    match answer {
        Answer::Identity(None) => line(texts.say("identity-none", &[])),
        Answer::Identity(Some(identity)) => self::identity(call, identity),
        Answer::Project(project) => {
            line(texts.say(
                "project",
                &[("name", project.summary.name.clone().into()), ("id", project.summary.id.short().into())],
            ));
            for (_, name, documents) in &project.folders {
                line(format!("  {documents:>7}  {name}"));
            }
            for bucket in &project.buckets {
                line(texts.say("project-bucket", &[("url", bucket.clone().into())]));
            }
            for relay in &project.relays {
                line(texts.say("project-relay", &[("address", relay.clone().into())]));
            }
        }
        Answer::Projects(projects) => {
            if projects.is_empty() {
                line(texts.say("projects-none", &[]));
            }
            for project in projects {
                let roles = project.roles.join(", ");
                line(format!(
                    "{}  {:<8} {:>7}  {}  {roles}",
                    project.id.short(),
                    texts.say(state_id(&project.state), &[]),
                    project.documents,
                    project.name
                ));
            }
        }
        Answer::Invitation(invitation) => {
            note(texts.say("invitation", &[("role", invitation.role.clone().into())]));
            for (id, urls) in [
                ("invitation-in-bucket", &invitation.in_buckets),
                ("invitation-not-in-bucket", &invitation.not_in_buckets),
                ("invitation-in-bucket", &invitation.on_relays),
                ("invitation-not-in-bucket", &invitation.not_on_relays),
            ] {
                if !urls.is_empty() {
                    note(texts.say(id, &[("urls", urls.join(", ").into())]));
                }
            }
            line(&invitation.ticket);
        }
        Answer::Joined(state) => joined(texts, state),
        Answer::Session(answer) => session::text_answer(call, answer),
        Answer::Members(members) => {
            for member in members {
                let me = if member.is_me { texts.say("me", &[]) } else { String::new() };
                line(format!(
                    "{}  {:<24} {:<22} {}{me}",
                    member.person.short(),
                    member.name,
                    member.roles.join(", "),
                    member.organisation
                ));
            }
        }
        Answer::Access(answer) => access::show_text(texts, answer),
        Answer::Added { added, refused } => {
            note(texts.say("added", &[("added", (*added).into()), ("refused", (*refused).into())]));
        }
        Answer::Document(document) => document_text(texts, document),
        Answer::Documents(documents) => documents_text(texts, documents),
        Answer::Fetched(files) => {
            for file in files {
                line(file.path.display().to_string());
            }
        }
        Answer::Exported { path, rows } => {
            line(texts.say("exported", &[("path", path.display().to_string().into()), ("rows", (*rows).into())]));
        }
        Answer::Bundle { project, envelopes, objects, joined } => {
            let id = if *joined { "bundle" } else { "bundle-waiting" };
            line(texts.say(
                id,
                &[
                    ("project", project.clone().into()),
                    ("envelopes", (*envelopes).into()),
                    ("objects", (*objects).into()),
                ],
            ));
        }
        Answer::Synced(report) => synced_text(texts, report),
        Answer::Status(status) => status_text(texts, status),
        Answer::Rebuilt { documents, .. } => line(texts.say("rebuilt", &[("documents", (*documents).into())])),
    }
}

fn state_id(state: &str) -> &'static str {
    match state {
        "active" => "state-active",
        "removed" => "state-removed",
        _ => "state-pending",
    }
}

fn documents_text(texts: &Texts, documents: &[DocumentListing]) {
    if documents.is_empty() {
        line(texts.say("documents-none", &[]));
        return;
    }
    let widest = documents.iter().map(|document| document.number.chars().count()).max().unwrap_or(0).min(48);
    let mut folder = "";
    for document in documents {
        if document.folder != folder {
            folder = &document.folder;
            line(folder);
        }
        let mark = if document.conflict { "!" } else { " " };
        let gone = if document.removed { texts.say("removed", &[]) } else { String::new() };
        line(format!(
            "{mark} {:<widest$}  {:<6} {:<3} {}  {}  {}{gone}",
            document.number,
            document.revision,
            document.status,
            document.added_at.get(..10).unwrap_or_default(),
            document.added_by,
            document.title,
        ));
    }
}

fn document_text(texts: &Texts, document: &DocumentInfo) {
    let head = &document.listing;
    line(format!("{}  {}", head.number, head.title));
    line(format!("  {}{}", head.folder, if head.removed { texts.say("removed", &[]) } else { String::new() }));
    if document.number_clash {
        line(format!("  ! {}", texts.say("number-clash", &[])));
    }
    for ConflictInfo { field, shown, others } in &document.conflicts {
        let others = others.iter().map(|(value, by)| format!("\"{value}\" ({by})")).collect::<Vec<_>>().join(", ");
        line(format!(
            "  ! {}",
            texts.say(
                "field-conflict",
                &[("field", field.clone().into()), ("kept", shown.clone().into()), ("others", others.into())]
            )
        ));
    }
    for revision in document.all_revisions.iter().rev() {
        let mark = if revision.in_conflict { "!" } else { " " };
        line(format!(
            "{mark} {:<6} {:<3} {}  {}: {}",
            revision.revision,
            revision.status,
            revision.added_at.get(..16).unwrap_or_default().replace('T', " "),
            revision.added_by,
            revision.reason
        ));
        for file in &revision.files {
            let state = texts.say(if file.here { "file-here" } else { "file-elsewhere" }, &[]);
            line(format!("           {}  {} B  {}  {state}", file.name, file.size, file.sha256.short()));
        }
        if revision.in_conflict {
            line(format!("           {}", revision.id));
        }
    }
}

fn synced_text(texts: &Texts, report: &SyncReport) {
    for side in &report.sides {
        let id = match (side.reachable, side.in_sync) {
            (false, _) => "side-unreachable",
            (true, true) => "side-equal",
            (true, false) => "side-behind",
        };
        line(texts.say(
            id,
            &[
                ("with", side.with.clone().into()),
                ("project", side.project.clone().into()),
                ("received", side.received.into()),
                ("sent", side.sent.into()),
                ("objects", (side.objects_received + side.objects_sent).into()),
            ],
        ));
        if let Some(problem) = &side.problem {
            line(format!("  {}", texts.phrase(problem)));
        }
    }
    if report.files_missing > 0 {
        line(texts.say("files-missing", &[("count", report.files_missing.into())]));
    }
}

fn status_text(texts: &Texts, status: &StatusInfo) {
    match &status.identity {
        None => line(texts.say("identity-none", &[])),
        Some(identity) => {
            line(texts.say(
                "identity",
                &[("name", identity.name.clone().into()), ("device", identity.device.short().into())],
            ));
        }
    }
    if status.running {
        line(texts.say("agent-up", &[("addresses", status.addresses.join(", ").into())]));
    }
    for project in &status.projects {
        line(texts.say(
            "status-project",
            &[
                ("name", project.summary.name.clone().into()),
                ("state", texts.say(state_id(&project.summary.state), &[]).into()),
                ("documents", project.summary.documents.into()),
                ("here", project.files_here.into()),
                ("missing", project.files_missing.into()),
                ("heads", project.heads.short().into()),
            ],
        ));
        let counts = [
            ("status-arriving", project.arriving.unwrap_or(0)),
            ("status-attention", project.attention),
            ("status-review", project.for_review),
        ];
        for (id, count) in counts {
            if count > 0 {
                line(format!("  ! {}", texts.say(id, &[("count", count.into())])));
            }
        }
        for notice in &project.notices {
            line(format!("  ! {}", texts.phrase(notice)));
        }
    }
}
