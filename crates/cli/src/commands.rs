//! From verbs to commands.

use std::path::PathBuf;

use enginus_engine::Client;
use enginus_engine::api::{Answer, Command, Failure, FailureKind, InviteTerms, NewDocument};

use crate::args::{BundleVerb, DevVerb, DocVerb, LogVerb, ProjectVerb, RelayVerb, Verb};
use crate::ask::ask;
use crate::home::absolute;
use crate::{Call, access, session, show, walk};

/// A ticket's file is at most this long.
const TICKET_FILE_BYTES_MAX: u64 = 64 * 1024;

pub(crate) async fn carry_out(call: &Call, verb: Verb) -> Result<(), Failure> {
    if let Verb::Agent = verb {
        return agent(call).await;
    }
    let answer = match session::of(call, verb)? {
        Ok(verb) => {
            let client = Client::connect(call.options.clone()).await?;
            let answer = session::carry_out(call, &client, verb).await;
            client.close().await;
            answer?
        }
        Err(Verb::Init { name, org, email }) => {
            let answer = ask(call, Command::Init { name, organisation: org, email }).await?;
            show::answer(call, &answer);
            show::phrase_exists(call);
            return Ok(());
        }
        Err(verb) => ask(call, command(call, verb)?).await?,
    };
    show::answer(call, &answer);
    verdict(&answer)
}

/// Answers that are told in full and still mean that not everything went well.
fn verdict(answer: &Answer) -> Result<(), Failure> {
    match answer {
        Answer::Added { added, refused } if *refused > 0 => {
            Err(Failure::new(FailureKind::BadInput, format!("{refused} of {} files were refused", added + refused))
                .hint("each is told above; add them again once they are mended"))
        }
        Answer::Synced(report) if !report.sides.iter().any(|side| side.reachable) => {
            Err(Failure::new(FailureKind::Unreachable, "no other device and no bucket could be reached")
                .hint("start `enginus agent` on another member's device, check the network, or carry a bundle"))
        }
        Answer::Synced(report) if !report.in_sync => {
            Err(Failure::new(FailureKind::Unreachable, "not everything could be exchanged")
                .hint("what was exchanged is kept; try again, with a longer --wait if the project is large"))
        }
        Answer::Rebuilt { identical: false, .. } => {
            Err(Failure::new(FailureKind::Internal, "the register came out different from what was shown before")
                .hint("what is shown now is what the signed record says; report it with the log"))
        }
        _ => Ok(()),
    }
}

fn command(call: &Call, verb: Verb) -> Result<Command, Failure> {
    let project = call.project.clone();
    Ok(match verb {
        Verb::Project(ProjectVerb::Create { name, template, buckets, relays, project_language }) => {
            Command::ProjectCreate {
                name,
                template,
                buckets: buckets.into_iter().map(bucket_url).collect::<Result<_, _>>()?,
                relays,
                language: project_language.unwrap_or_else(|| call.language.code().to_owned()),
            }
        }
        Verb::Project(ProjectVerb::Relay(verb)) => match verb {
            RelayVerb::Add { address } => Command::ProjectRelay { project, address, used: true },
            RelayVerb::Remove { address } => Command::ProjectRelay { project, address, used: false },
            RelayVerb::Erase { address } => Command::RelayErase { project, address },
            RelayVerb::List => Command::ProjectShow { project },
        },
        Verb::Project(ProjectVerb::List) => Command::ProjectList,
        Verb::Project(ProjectVerb::Show { name }) => Command::ProjectShow { project: name.or(project) },
        Verb::Project(ProjectVerb::Forget { name }) => Command::ProjectForget { project: name.or(project) },
        Verb::Invite { verb: Some(verb), .. } => access::invitation(project, verb),
        Verb::Invite { verb: None, role, folders, expires, to, uses, until, from_now_on } => Command::Invite {
            project,
            role: role.unwrap_or_default(),
            folders,
            expires_seconds: Some(expires),
            terms: InviteTerms {
                to: to.map(text_or_file).transpose()?,
                uses,
                access_seconds: until,
                history: !from_now_on,
            },
        },
        Verb::Join { ticket, wait } => {
            Command::Join { ticket: text_or_file(ticket)?, wait_ms: wait.saturating_mul(1000) }
        }
        Verb::Member(verb) => access::member(project, verb),
        Verb::Review(verb) => access::review(project, verb),
        Verb::Role(verb) => access::role(project, verb)?,
        Verb::Doc(verb) => document(project, verb)?,
        Verb::Log(LogVerb::Export { folder, output }) => {
            Command::LogExport { project, folder, output: absolute(output)? }
        }
        Verb::Sync { wait, .. } => Command::SyncOnce { project, wait_ms: wait.saturating_mul(1000) },
        Verb::Status => Command::Status { project },
        Verb::Bundle(BundleVerb::Export { file, no_files }) => {
            Command::BundleExport { project, output: absolute(file)?, files: !no_files }
        }
        Verb::Bundle(BundleVerb::Import { file }) => Command::BundleImport { input: absolute(file)? },
        Verb::Rebuild => Command::Rebuild { project },
        Verb::Dev(DevVerb::Generate { folder, count }) => Command::DevGenerate { project, folder, count },
        // Carried out elsewhere, each for its own reason.
        Verb::Agent
        | Verb::Demo { .. }
        | Verb::Desktop
        | Verb::Init { .. }
        | Verb::Phrase { .. }
        | Verb::Recover(_)
        | Verb::Passphrase(_)
        | Verb::Lock(_)
        | Verb::Unlock
        | Verb::Device(_)
        | Verb::Contact
        | Verb::Project(ProjectVerb::Recover(_)) => {
            return Err(Failure::new(FailureKind::Internal, "this verb is carried out elsewhere"));
        }
    })
}

fn document(project: Option<String>, verb: DocVerb) -> Result<Command, Failure> {
    Ok(match verb {
        DocVerb::Add { folder, files, number, title, revision, status, recursive, reason } => {
            let mut files = walk::files(files, recursive)?;
            if files.len() > 1 && (number.is_some() || title.is_some()) {
                return Err(Failure::new(FailureKind::Invalid, "--number and --title name one document")
                    .hint("add the files one by one, or let their names say it"));
            }
            for file in &mut files {
                file.number.clone_from(&number);
                file.title.clone_from(&title);
                file.revision.clone_from(&revision);
                file.status.clone_from(&status);
            }
            Command::DocAdd { project, folder, files, reason }
        }
        DocVerb::Revise { document, files, revision, status, reason } => Command::DocRevise {
            project,
            number: document.number,
            files: files.into_iter().map(absolute).collect::<Result<_, _>>()?,
            revision,
            status,
            reason,
        },
        DocVerb::Plan { folder, number, title, reason } => {
            let documents = vec![NewDocument { number, title, ..NewDocument::default() }];
            Command::DocPlan { project, folder, documents, reason }
        }
        DocVerb::Edit { document, fields } => Command::DocEdit { project, number: document.number, fields },
        DocVerb::Settle { document, field, keep } => {
            Command::DocSettle { project, number: document.number, field, keep }
        }
        DocVerb::List { folder, removed } => Command::DocList { project, folder, removed },
        DocVerb::Show { document } => Command::DocShow { project, number: document.number },
        DocVerb::Get { document, revision, output, wait } => Command::DocGet {
            project,
            number: document.number,
            revision,
            output: absolute(output)?,
            wait_ms: wait.saturating_mul(1000),
        },
        DocVerb::Remove { document, reason } => Command::DocRemove { project, number: document.number, reason },
        DocVerb::Restore { document, reason } => Command::DocRestore { project, number: document.number, reason },
    })
}

/// A local folder may be given as a path; a bare word is rather a slip than a folder.
pub(crate) fn bucket_url(text: String) -> Result<String, Failure> {
    if text.contains("://") {
        return Ok(text);
    }
    if !text.contains(['/', '\\']) && !PathBuf::from(&text).is_dir() {
        return Err(Failure::new(FailureKind::Invalid, format!("\"{text}\" is no bucket address")).hint(
            "use file:///dir, s3://bucket/prefix, az://container/prefix, gs://bucket/prefix, or a folder's path",
        ));
    }
    Ok(format!("file://{}", absolute(PathBuf::from(text))?.display()))
}

/// The ticket itself, or what a file holds.
pub(crate) fn text_or_file(given: String) -> Result<String, Failure> {
    let path = PathBuf::from(&given);
    match std::fs::metadata(&path) {
        Ok(meta) if meta.is_file() && meta.len() <= TICKET_FILE_BYTES_MAX => {
            std::fs::read_to_string(&path).map_err(|error| {
                Failure::new(FailureKind::BadInput, format!("{} cannot be read: {error}", path.display()))
            })
        }
        _ => Ok(given),
    }
}

/// Stays and serves the home until it is told to end.
async fn agent(call: &Call) -> Result<(), Failure> {
    let mut options = call.options.clone();
    options.network.at_once = true;
    let client = Client::connect(options).await?;
    let Some(engine) = client.engine() else {
        return Err(Failure::new(FailureKind::Busy, "another process already serves this home")
            .hint("nothing to do: the desktop or another agent is running"));
    };
    if engine.home().identity.is_none() {
        client.close().await;
        return Err(Failure::new(FailureKind::NotFound, "this home belongs to nobody yet")
            .hint("run `enginus init --name \"Your name\"` first"));
    }
    if let Err(failure) = session::unlock(call, &client).await {
        client.close().await;
        return Err(failure);
    }
    show::agent(call, &engine.home());
    end_asked().await;
    client.close().await;
    Ok(())
}

async fn end_asked() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
