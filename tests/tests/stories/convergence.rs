//! Any acts on three devices, exchanged in any order by stick: in the end all show the same, and can make it again.

use std::path::PathBuf;

use enginus_engine::api::{Command, Failure, FailureKind};
use enginus_tests::{Device, FOLDERS, Stage, copy_folder};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// One act of one of the three.
#[derive(Debug, Clone)]
enum Act {
    Add { who: usize, folder: usize, number: u8 },
    Plan { who: usize, folder: usize, number: u8 },
    Revise { who: usize, which: usize },
    Edit { who: usize, which: usize, field: usize, value: u8 },
    Remove { who: usize, which: usize },
    Restore { who: usize, which: usize },
    Settle { who: usize, which: usize },
    Carry { from: usize, to: usize },
    Restart { who: usize },
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let (who, which) = (0..3usize, 0..100usize);
    let act = prop_oneof![
        4 => (who.clone(), 1..3usize, 0..6u8).prop_map(|(who, folder, number)| Act::Add { who, folder, number }),
        1 => (who.clone(), 1..3usize, 0..6u8).prop_map(|(who, folder, number)| Act::Plan { who, folder, number }),
        3 => (who.clone(), which.clone()).prop_map(|(who, which)| Act::Revise { who, which }),
        4 => (who.clone(), which.clone(), 0..4usize, 0..5u8)
            .prop_map(|(who, which, field, value)| Act::Edit { who, which, field, value }),
        1 => (who.clone(), which.clone()).prop_map(|(who, which)| Act::Remove { who, which }),
        1 => (who.clone(), which.clone()).prop_map(|(who, which)| Act::Restore { who, which }),
        1 => (who.clone(), which).prop_map(|(who, which)| Act::Settle { who, which }),
        4 => (who.clone(), 1..3usize).prop_map(|(from, by)| Act::Carry { from, to: (from + by) % 3 }),
        1 => who.prop_map(|who| Act::Restart { who }),
    ];
    prop::collection::vec(act, 12..40)
}

struct Trio {
    stage: Stage,
    devices: Vec<Option<Device>>,
    /// Tells one file's content from another's.
    seed: u32,
}

/// The homes of three people who know each other.
async fn three_homes(stage: &Stage) -> Vec<PathBuf> {
    let owner = Device::owner(stage, &[]).await;
    let mut trio = Trio { stage: Stage::new(), devices: vec![Some(owner)], seed: 0 };
    for role in ["document-controller", "contractor"] {
        let ticket = trio.device(0).invite(role, &[]).await;
        let device = Device::new(stage, role).await;
        device.join(&ticket, 0).await.unwrap();
        trio.devices.push(Some(device));
        trio.carry(0, trio.devices.len() - 1).await;
    }
    let mut homes = Vec::new();
    for device in trio.devices.into_iter().flatten() {
        homes.push(device.close().await);
    }
    homes
}

impl Trio {
    /// Copies of the three homes, each to be played with once.
    async fn of(homes: &[PathBuf]) -> Self {
        let (stage, mut devices) = (Stage::new(), Vec::new());
        for (who, home) in homes.iter().enumerate() {
            let copy = stage.path(&format!("home {who}"));
            copy_folder(home, &copy);
            devices.push(Some(Device::open(&copy, false).await));
        }
        Self { stage, devices, seed: 0 }
    }

    fn device(&self, who: usize) -> &Device {
        self.devices[who].as_ref().unwrap()
    }

    async fn carry(&self, from: usize, to: usize) {
        let stick = self.stage.path("stick");
        self.device(from).export(&stick).await;
        self.device(to).import(&stick).await.unwrap();
    }

    fn drawing(&mut self, name: &str) -> PathBuf {
        self.seed += 1;
        self.stage.drawing(name, self.seed)
    }

    /// The document somebody means, by its id; `None` where they have none yet.
    async fn pick(&self, who: usize, which: usize) -> Option<String> {
        let documents = self.device(who).list().await;
        (!documents.is_empty()).then(|| documents[which % documents.len()].id.to_string())
    }

    async fn play(&mut self, act: &Act) {
        match *act {
            Act::Carry { from, to } => self.carry(from, to).await,
            Act::Restart { who } => {
                let device = self.devices[who].take().unwrap();
                self.devices[who] = Some(device.offline().await);
            }
            Act::Add { who, folder, number } => {
                let file = self.drawing(&format!("SP-{number:03}_SHEET {number}-P01.pdf"));
                refusable(self.device(who).try_add(FOLDERS[folder], &[file]).await.map(|_| ()));
            }
            Act::Plan { who, folder, number } => {
                let number = format!("SP-{number:03}");
                let document =
                    enginus_engine::api::NewDocument { number, title: "PLANNED".to_owned(), ..Default::default() };
                let (folder, reason) = (FOLDERS[folder].to_owned(), "planned".to_owned());
                let plan = Command::DocPlan { project: None, folder, documents: vec![document], reason };
                refusable(self.device(who).ask(plan).await.map(|_| ()));
            }
            Act::Revise { who, which }
            | Act::Edit { who, which, .. }
            | Act::Remove { who, which }
            | Act::Restore { who, which }
            | Act::Settle { who, which } => {
                let Some(document) = self.pick(who, which).await else { return };
                let Some(command) = self.change(act, who, document).await else { return };
                refusable(self.device(who).ask(command).await.map(|_| ()));
            }
        }
    }

    /// What an act on an existing document asks for.
    async fn change(&mut self, act: &Act, who: usize, number: String) -> Option<Command> {
        let (project, reason) = (None, "because".to_owned());
        Some(match *act {
            Act::Revise { .. } => {
                let files = vec![self.drawing("revised.pdf")];
                Command::DocRevise { project, number, files, revision: None, status: None, reason }
            }
            Act::Edit { field, value, .. } => {
                let field = ["title", "number", "path", "discipline"][field].to_owned();
                Command::DocEdit { project, number, fields: vec![(field, format!("VALUE-{value}"))] }
            }
            Act::Remove { .. } => Command::DocRemove { project, number, reason },
            Act::Restore { .. } => Command::DocRestore { project, number, reason },
            _ => {
                let shown = self.device(who).show(&number).await;
                let conflict = shown.conflicts.first()?;
                Command::DocSettle {
                    project,
                    number,
                    field: conflict.field.clone(),
                    keep: conflict.others.first()?.0.clone(),
                }
            }
        })
    }
}

/// Some acts make no sense where they fall; a refusal is fine, a defect is not.
fn refusable(result: Result<(), Failure>) {
    if let Err(failure) = result {
        let fine = [FailureKind::Conflict, FailureKind::NotFound, FailureKind::Invalid, FailureKind::Ambiguous];
        assert!(fine.contains(&failure.kind), "{failure:?}");
    }
}

async fn all_end_equal(homes: &[PathBuf], acts: &[Act]) {
    let mut trio = Trio::of(homes).await;
    for act in acts {
        trio.play(act).await;
    }
    for (from, to) in [(0, 1), (1, 2), (2, 0), (0, 1)] {
        trio.carry(from, to).await;
    }
    let register = trio.device(0).register().await;
    let files: usize =
        register.iter().flat_map(|document| &document.all_revisions).map(|revision| revision.files.len()).sum();
    assert!(files <= trio.seed as usize);
    for who in 0..3 {
        let device = trio.devices[who].take().unwrap();
        assert_eq!(device.register().await, register, "device {who}");
        let status = device.status().await;
        assert_eq!((status.waiting, status.quarantined, status.files_missing), (0, 0, 0), "device {who}");
        device.rebuild().await;
        let device = device.offline().await;
        assert_eq!(device.register().await, register, "device {who}, opened again");
        device.close().await;
    }
}

#[test]
fn any_acts_in_any_order_end_with_the_same_register() {
    let config = Config { cases: 8, max_shrink_iters: 60, failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[11; 32]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let stage = Stage::new();
    let homes = runtime.block_on(three_homes(&stage));
    TestRunner::new_with_rng(config, rng)
        .run(&acts(), |acts| {
            runtime.block_on(all_end_equal(&homes, &acts));
            Ok(())
        })
        .unwrap();
}
