//! Carrying commands out. Each is done whole or refused; blocking work runs off the async threads.

mod access;
mod bundle;
mod devices;
mod documents;
mod edit;
mod files;
mod generate;
mod log;
mod membership;
mod projects;
mod reading;
mod recover;
mod session;
mod status;

pub(crate) use devices::device_of;

use crate::Engine;
use crate::api::{Answer, Command, Failure};
use crate::running::Reporter;

/// Carries one command out.
pub(crate) async fn carry_out(engine: &Engine, command: Command, reporter: &Reporter) -> Result<Answer, Failure> {
    match command {
        Command::Init { name, organisation, email } => projects::init(engine, name, organisation, email).await,
        Command::Identity => Ok(Answer::Identity(engine.with_home(|home| Ok(home.info())).await?)),
        Command::ProjectCreate { name, template, buckets, relays, language } => {
            projects::create(engine, name, template, (buckets, relays), language).await
        }
        Command::RelayErase { project, address } => projects::erase_relay(engine, &project, address).await,
        Command::ProjectRelay { project, address, used } => projects::relay(engine, &project, address, used).await,
        Command::ProjectList => projects::list(engine).await,
        Command::ProjectShow { project } => projects::show(engine, &project).await,
        Command::ProjectForget { project } => projects::forget(engine, &project).await,
        Command::Invite { project, role, folders, expires_seconds, terms } => {
            membership::invite(engine, &project, role, folders, expires_seconds, terms).await
        }
        Command::Access(command) => access::carry_out(engine, command).await,
        Command::Join { ticket, wait_ms } => membership::join(engine, &ticket, wait_ms, reporter).await,
        Command::Session(command) => session::carry_out(engine, command, reporter).await,
        Command::MemberList { project } => membership::list(engine, &project).await,
        Command::DocAdd { project, folder, files, reason } => {
            documents::add(engine, &project, folder, files, reason, reporter).await
        }
        Command::DocPlan { project, folder, documents, reason } => {
            documents::plan(engine, &project, folder, documents, reason).await
        }
        Command::DocRevise { project, number, files, revision, status, reason } => {
            let wanted = documents::Revise { number, files, revision, status, reason };
            documents::revise(engine, &project, wanted, reporter).await
        }
        Command::DocEdit { project, number, fields } => edit::edit(engine, &project, number, fields).await,
        Command::DocSettle { project, number, field, keep } => {
            documents::settle(engine, &project, number, field, keep).await
        }
        Command::DocRemove { project, number, reason } => documents::remove(engine, &project, number, reason).await,
        Command::DocRestore { project, number, reason } => documents::restore(engine, &project, number, reason).await,
        Command::DocList { project, folder, removed } => reading::list(engine, &project, folder, removed).await,
        Command::DocShow { project, number } => reading::show(engine, &project, number).await,
        Command::DocGet { project, number, revision, output, wait_ms } => {
            let wanted = files::Get { number, revision, output, wait_ms };
            files::get(engine, &project, wanted, reporter).await
        }
        Command::LogExport { project, folder, output } => log::export(engine, &project, folder, output).await,
        Command::BundleExport { project, output, files } => {
            bundle::export(engine, &project, output, files, reporter).await
        }
        Command::BundleImport { input } => bundle::import(engine, input, reporter).await,
        Command::SyncOnce { project, wait_ms } => crate::network::sync_once(engine, &project, wait_ms, reporter).await,
        Command::Status { project } => status::status(engine, &project).await,
        Command::Rebuild { project } => status::rebuild(engine, &project).await,
        Command::DevGenerate { project, folder, count } => {
            generate::generate(engine, &project, folder, count, reporter).await
        }
    }
}
